"""The fence: a lease carries a number that grows whenever the run changes hands, and every write names it."""

from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select

from state.sql.tables import runs


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to drive one run."""

    run: str
    driver: str
    fence: int


def held(lease: Lease) -> ColumnElement[bool]:
    """Whether a run's row says that the lease is held."""
    return and_(runs.c.id == lease.run, runs.c.driver == lease.driver, runs.c.fence == lease.fence)


def lost_among(connection: Connection, leases: Set[Lease]) -> frozenset[Lease]:
    """Those of the leases that are not held any more. The others stay held until the transaction ends."""
    found = {Lease(*row) for row in connection.execute(_OF_THEM, {"ids": [lease.run for lease in leases]})}
    return frozenset(leases - found)


_OF_THEM = (
    select(runs.c.id, runs.c.driver, runs.c.fence)
    .where(runs.c.id.in_(bindparam("ids", expanding=True)))
    .with_for_update(read=True)
)
"""Built once: every commit asks it, and to build a statement costs more than to ask it."""
