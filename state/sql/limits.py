"""Limits in SQL: a place is a row that ends, and a rate a bucket that one statement refills and takes from.

Both are reckoned by the database's clock, which is the same for all machines.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Float, case, cast, delete, func, literal, select, update

from state.errors import UsageError
from state.limit import MINUTE, Limit, LimitRow
from state.sql.tables import limits, slots

DEBT = MINUTE
"""Seconds of waiting that are given out beforehand; who comes later asks again."""


def list_limits(connection: Connection) -> list[LimitRow]:
    """All limits, with how many places are held."""
    living = slots.c.until > _clock(connection)
    counts = select(slots.c.scope, func.count().label("held")).where(living).group_by(slots.c.scope).subquery()
    columns = [limits.c[name] for name in LimitRow.model_fields if name != "held"]
    query = select(*columns, func.coalesce(counts.c.held, 0).label("held"))
    joined = query.select_from(limits.outerjoin(counts, counts.c.scope == limits.c.scope)).order_by(limits.c.scope)
    return [LimitRow.model_validate(dict(row._mapping)) for row in connection.execute(joined)]


def set_limit(connection: Connection, limit: Limit, by: str, now: datetime) -> None:
    """Declare a limit in place of the one that there was; its bucket is full."""
    connection.execute(delete(limits).where(limits.c.scope == limit.scope))
    bucket = {"tokens": float(limit.burst), "filled_at": connection.execute(select(_clock(connection))).scalar_one()}
    connection.execute(limits.insert().values(**limit.model_dump(), **bucket, set_by=by, set_at=now))


def remove_limit(connection: Connection, scope: str) -> None:
    """Have a scope be limited no more. Raises ``UsageError`` where it is not."""
    if connection.execute(delete(limits).where(limits.c.scope == scope)).rowcount == 0:
        raise UsageError(f"There is no limit for {scope!r}. 'roundhouse limit' lists them.")
    connection.execute(delete(slots).where(slots.c.scope == scope))


def take_slot(connection: Connection, scope: str, holder: str, seconds: float, at: float | None = None) -> str | None:
    """Hold one of a scope's places for so many seconds: the slot's id, or None where all are held.

    Where the scope has no limit any more, it is held all the same. ``at`` stands for the database's clock.
    """
    now = _clock(connection, at)
    # who asks for a place of the same scope waits here for the transaction to end
    bound = connection.execute(select(limits.c.at_once).where(limits.c.scope == scope).with_for_update()).scalar()
    if bound is not None:
        connection.execute(delete(slots).where(slots.c.scope == scope, slots.c.until <= now))
        held = connection.execute(select(func.count()).select_from(slots).where(slots.c.scope == scope)).scalar_one()
        if held >= bound:
            return None
    slot = uuid4().hex
    connection.execute(slots.insert().values(id=slot, scope=scope, holder=holder, until=now + seconds))
    return slot


def renew_slots(connection: Connection, holder: str, ids: Sequence[str], seconds: float) -> None:
    """Hold on to some places."""
    mine = (slots.c.holder == holder, slots.c.id.in_(ids))
    connection.execute(update(slots).where(*mine).values(until=_clock(connection) + seconds))


def free_slot(connection: Connection, slot: str) -> None:
    """Let go of a place."""
    connection.execute(delete(slots).where(slots.c.id == slot))


def free_slots_of(connection: Connection, holder: str) -> None:
    """Let go of every place of one who is dead."""
    connection.execute(delete(slots).where(slots.c.holder == holder))


def take_token(connection: Connection, limit: Limit, at: float | None = None) -> float | None:
    """Take a token of a scope's rate: how many seconds to wait before it may be used, or None to ask again later.

    ``at`` stands for the database's clock.
    """
    now = _clock(connection, at)
    passed = case((now > limits.c.filled_at, now - limits.c.filled_at), else_=0.0)
    filled = limits.c.tokens + passed * limit.refill
    left = case((filled > limit.burst, float(limit.burst)), else_=filled) - 1.0
    has_some = (limits.c.scope == limit.scope, left >= -DEBT * limit.refill)
    filled_at = case((now > limits.c.filled_at, now), else_=limits.c.filled_at)
    taking = update(limits).where(*has_some).values(tokens=left, filled_at=filled_at).returning(limits.c.tokens)
    tokens = connection.execute(taking).scalar_one_or_none()
    return None if tokens is None else max(0.0, -tokens / limit.refill)


def _clock(connection: Connection, at: float | None = None) -> ColumnElement[float]:
    """The moment of the database, in seconds since 1970."""
    if at is not None:
        return literal(at, Float)
    if connection.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()), Float)
    return cast((func.julianday("now") - 2440587.5) * 86_400.0, Float)
