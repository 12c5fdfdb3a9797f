"""The audit trail in SQL: rows are only ever added, behind the end that the run's own row keeps."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection, Dialect, select, update

from state.audit import AuditRow, Deed, Head, chained
from state.sql.inserts import Insert, Rows
from state.sql.tables import audit, runs

_AUDIT = Insert(audit, "keep")


def lock_run(connection: Connection, run: str) -> None:
    """Have a run's row stay as it is until the transaction ends.

    Whoever changes a part of a run, such as a review or an effect, locks the run first. So nobody waits for another who
    waits for them.
    """
    connection.execute(select(runs.c.id).where(runs.c.id == run).with_for_update())


def append(connection: Connection, run: str, deeds: Sequence[Deed]) -> None:
    """Add deeds to the trail of a run; nothing happens where there is no such run."""
    if not deeds:
        return
    end = select(runs.c.audit_rows, runs.c.audit_head).where(runs.c.id == run).with_for_update()
    found = connection.execute(end).one_or_none()
    if found is not None:
        head, rows = chained(Head(found.audit_rows, found.audit_head), deeds)
        connection.execute(update(runs).where(runs.c.id == run).values(audit_rows=head.count, audit_head=head.hash))
        audit_rows(connection.dialect, run, rows)(connection)


def audit_rows(dialect: Dialect, run: str, rows: Sequence[AuditRow]) -> Rows:
    """Rows of a trail, to be inserted with others."""
    return Rows({_AUDIT: [_AUDIT.bind(dialect, {"run": run, **dict(row)}) for row in rows]})


def read_trail(connection: Connection, run: str) -> tuple[list[AuditRow], Head]:
    """The trail of a run, in order, and the end that the run's row keeps."""
    end = connection.execute(select(runs.c.audit_rows, runs.c.audit_head).where(runs.c.id == run)).one_or_none()
    return _readable(connection, run), _head(None if end is None else tuple(end))


def _head(end: tuple[object, ...] | None) -> Head:
    """The end that a run's row keeps; one that nobody here has written fits no trail."""
    match end:
        case None:
            return Head()
        case (int(count), str(head)):
            return Head(count, head)
        case _:
            return Head(-1, "")


def _readable(connection: Connection, run: str) -> list[AuditRow]:
    """The rows of a trail up to the first that cannot be read, which then counts as missing."""
    columns = [audit.c[name] for name in AuditRow.model_fields]
    trail: list[AuditRow] = []
    rows = connection.execute(select(*columns).where(audit.c.run == run).order_by(audit.c.ordinal))
    with suppress(ValueError, TypeError):
        for row in rows:
            trail.append(AuditRow.model_validate(dict(row._mapping)))
    return trail
