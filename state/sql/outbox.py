"""The outbox in SQL: effects are marked before each attempt, and what came of it is written by whoever marked them.

A mark carries a number that grows with every attempt, and ends by itself. Whoever finds a mark that ended, or whose
sender is dead, decides by the channel: a receiver that tells repeats apart gets the effect again, of one that cannot it
is *unknown* whether it has it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, update

from state.audit import Action, ActorKind, Deed
from state.effect import EffectRow, EffectStatus, Message, Parcel
from state.errors import UnknownEffect, UsageError
from state.sql.audit import append, lock_run
from state.sql.effects import MAY_HAVE_IT
from state.sql.tables import outbox

SENDING = timedelta(minutes=15)
"""How long a mark holds; longer than any attempt lasts."""

LONGEST_PAUSE = timedelta(hours=1)
"""The longest pause between two attempts; one that is longer is from before the clock was set back."""

Resolution = Literal["delivered", "again", "withdrawn"]
"""What a person, or a declared policy, says of an effect: the receiver has it, send it again, or let it be."""

DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Marked:
    """An effect that is marked as being sent."""

    parcel: Parcel
    fence: int
    attempts: int


def mark_due(connection: Connection, channels: Collection[str], sender: str, now: datetime, limit: int) -> list[Marked]:
    """Mark effects that are due on some channels, the oldest first.

    A correction waits until what it corrects is not on its way any more.
    """
    earlier = outbox.alias("earlier")
    waits = select(earlier.c.id).where(earlier.c.id == outbox.c.corrects, earlier.c.status.in_(("pending", "sending")))
    due = (
        outbox.c.status == "pending",
        outbox.c.channel.in_(channels),
        _is_past(outbox.c.next_attempt_at, now, LONGEST_PAUSE),
        ~waits.exists(),
    )
    query = select(outbox.c.id).where(*due).order_by(outbox.c.created_at, outbox.c.ordinal, outbox.c.id).limit(limit)
    chosen = list(connection.execute(query.with_for_update(skip_locked=True, of=outbox)).scalars())
    mark = {
        "status": "sending",
        "sender": sender,
        "sending_until": now + SENDING,
        "attempts": outbox.c.attempts + 1,
        "fence": outbox.c.fence + 1,
    }
    still = (outbox.c.id.in_(chosen), outbox.c.status == "pending")
    marked = connection.execute(update(outbox).where(*still).values(mark).returning(*outbox.c)).all() if chosen else []
    return [Marked(_parcel(row), row.fence, row.attempts) for row in marked]


def settle(
    connection: Connection, marked: Marked, values: Mapping[str, Any], action: Action | None, now: datetime
) -> bool:
    """Write down what came of an attempt; False where the mark ended and somebody else was at it meanwhile."""
    lock_run(connection, marked.parcel.run)
    mine = (outbox.c.id == marked.parcel.id, outbox.c.fence == marked.fence)
    still = update(outbox).where(*mine, outbox.c.status.in_(("sending", "unknown")))
    settled = connection.execute(still.values(**values, sender=None, sending_until=None)).rowcount > 0
    if settled and action is not None:
        after = {"attempts": marked.attempts, "error": values.get("error"), "receipt": values.get("receipt")}
        append(connection, marked.parcel.run, [Deed(now, "system", DELIVERY, action, marked.parcel.id, after=after)])
    return settled


def senders(connection: Connection) -> list[str]:
    """Who is sending something now, or was cut off."""
    sending = select(outbox.c.sender).distinct().where(outbox.c.status == "sending", outbox.c.sender.is_not(None))
    return list(connection.execute(sending).scalars())


def recover(
    connection: Connection, repeatable: Mapping[str, bool], dead: Collection[str], now: datetime
) -> list[Parcel]:
    """Take up the effects whose sending was cut off; returns those of which it is unknown whether they arrived."""
    ended = _is_past(outbox.c.sending_until, now, 2 * SENDING)
    cut_off = (outbox.c.status == "sending", outbox.c.channel.in_(repeatable), or_(ended, outbox.c.sender.in_(dead)))
    doubtful = []
    for row in connection.execute(select(outbox).where(*cut_off).order_by(outbox.c.run)).all():
        lock_run(connection, row.run)
        again = repeatable[row.channel]
        values = {"status": "pending" if again else "unknown", "sender": None, "sending_until": None}
        values |= {"error": "the sender was cut off"}
        same = (outbox.c.id == row.id, outbox.c.fence == row.fence, outbox.c.status == "sending")
        if connection.execute(update(outbox).where(*same).values(values)).rowcount and not again:
            doubtful.append(_parcel(row))
            after = {"attempts": row.attempts, "error": values["error"]}
            append(connection, row.run, [Deed(now, "system", DELIVERY, "unknown", row.id, after=after)])
    return doubtful


def resolve(
    connection: Connection, effect: str, as_: Resolution, by: str, now: datetime, kind: ActorKind = "human"
) -> EffectRow:
    """Say what is to become of an effect that is unknown, dead or waiting. Raises ``UnknownEffect``, ``UsageError``."""
    row = find_effect(connection, effect)
    lock_run(connection, row.run)
    allowed = {
        "unknown": ("delivered", "again", "withdrawn"),
        "dead": ("again", "withdrawn"),
        "pending": ("withdrawn",),
    }
    if as_ not in allowed.get(row.status, ()):
        raise UsageError(f"Effect {row.id!r} is {row.status}, so it cannot be resolved as {as_!r}.")
    values: dict[str, Any] = {"status": "pending" if as_ == "again" else as_, "error": f"{as_} by {by}"}
    if as_ == "withdrawn" and row.status == "unknown":
        values |= {"receipt": MAY_HAVE_IT}
    if as_ == "again":
        if newer := _successor(connection, row.id):
            raise UsageError(f"Effect {row.id!r} was corrected by {newer!r}, so it is not sent any more.")
        values |= {"attempts": 0, "next_attempt_at": now}
    if as_ == "delivered":
        values |= {"delivered_at": now}
    same = (outbox.c.id == row.id, outbox.c.status == row.status)
    if connection.execute(update(outbox).where(*same).values(values)).rowcount == 0:
        raise UsageError(f"Effect {row.id!r} has changed meanwhile. Look at it again.")
    deed = Deed(now, kind, by, "resolved", row.id, {"status": row.status}, {"as": as_})
    append(connection, row.run, [deed])
    return find_effect(connection, row.id)


def retry_dead(connection: Connection, by: str, now: datetime) -> int:
    """Have every dead effect sent again; returns how many."""
    dead = list(connection.execute(select(outbox.c.id).where(outbox.c.status == "dead")).scalars())
    dead = [effect for effect in dead if _successor(connection, effect) is None]
    for effect in dead:
        resolve(connection, effect, "again", by, now)
    return len(dead)


def _successor(connection: Connection, effect: str) -> str | None:
    """The effect that corrects this one, unless that was withdrawn."""
    newer = select(outbox.c.id).where(outbox.c.corrects == effect, outbox.c.status != "withdrawn").limit(1)
    return connection.execute(newer).scalar_one_or_none()


def find_effect(connection: Connection, effect: str) -> EffectRow:
    """An effect, by its id or the only one that begins so. Raises ``UnknownEffect``."""
    begins_so = select(outbox).where(outbox.c.id.startswith(effect, autoescape=True)).limit(2)
    rows = connection.execute(begins_so).all() if effect else []
    if len(rows) != 1:
        raise UnknownEffect(effect)
    return effect_row(rows[0])


def list_effects(connection: Connection, status: EffectStatus | None, limit: int) -> list[EffectRow]:
    """Effects, newest first; without a status, those that need somebody's attention come before all others."""
    troubled = outbox.c.status.in_(("unknown", "dead"))
    query = select(outbox).order_by(troubled.desc(), outbox.c.created_at.desc(), outbox.c.id).limit(limit)
    return [effect_row(row) for row in connection.execute(_with_status(query, status))]


def count_effects(connection: Connection) -> dict[str, int]:
    """How many effects there are in each status."""
    rows = connection.execute(select(outbox.c.status, func.count()).group_by(outbox.c.status))
    return {status: count for status, count in rows}


def effect_row(row: Row[Any]) -> EffectRow:
    """A row of the table as lists show it."""
    return EffectRow.model_validate({name: getattr(row, name) for name in EffectRow.model_fields})


def _with_status(query: Select[Any], status: EffectStatus | None) -> Select[Any]:
    return query if status is None else query.where(outbox.c.status == status)


def _is_past(moment: ColumnElement[Any], now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """Whether a moment has come; one that is further away than it can be is from before the clock was set back."""
    return or_(moment.is_(None), moment <= now, moment > now + longest)


def _default_message(row: Row[Any]) -> Message:
    """The message of an effect from before messages were kept: its decision."""
    lines = "\n".join(f"{name}: {value}" for name, value in row.payload.items())
    return Message(subject=f"{row.workflow}: {row.effect} for {row.case_id}"[:500], text=lines)


def _parcel(row: Row[Any]) -> Parcel:
    return Parcel(
        id=row.id,
        workflow=row.workflow,
        case=row.case_id,
        run=row.run,
        effect=row.effect,
        channel=row.channel,
        message=_default_message(row) if row.message is None else Message.model_validate(row.message),
        content=row.payload,
        corrects=row.corrects,
        created_at=row.created_at,
    )
