"""Effects on their way into the outbox: each content once, and what changed since as a correction.

An effect is known by its workflow, case, name and content, and by what it corrects. Content that equals the latest is
there already. Content that differs from what was sent, or may have been, corrects that. What was not sent yet is
withdrawn, and the newer content takes its place.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from state.audit import Deed, canonical
from state.effect import Message
from state.journal import HUB
from state.sql.audit import append
from state.sql.columns import sixteen_digits
from state.sql.inserts import Insert, Rows
from state.sql.tables import outbox

_OUTBOX = Insert(outbox, "keep")

UNSENT = ("pending", "dead")
"""The states in which no receiver has an effect, nor may have it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A decision that is to be delivered."""

    name: str
    channel: str
    payload: Mapping[str, Any]
    message: Message


def queue(connection: Connection, run: Row[Any], effect: Effect, at: datetime) -> tuple[Rows, list[Deed]]:
    """What puts an effect of a run into the outbox: the row to insert, and what was done."""
    digest = hashlib.sha256(canonical(effect.payload).encode()).hexdigest()
    deeds: list[Deed] = []
    latest = connection.execute(_latest(run, effect)).one_or_none()
    if latest is None:
        row = _row(run, effect, digest, None, 1, at)
    elif latest.digest == digest:
        return Rows({}), []
    else:
        corrects, deeds = _superseded(connection, run, latest, at)
        if corrects is not None and _digest_of(connection, corrects) == digest:
            return Rows({}), deeds
        row = _row(run, effect, digest, corrects, latest.ordinal + 1, at)
        if _revived(connection, row):
            return Rows({}), [*deeds, _queued(row, at)]
    bound = _OUTBOX.bind(connection.dialect, row)
    return Rows({_OUTBOX: [bound]}), [*deeds, _queued(row, at)]


def _latest(run: Row[Any], effect: Effect) -> Select[Any]:
    columns = (outbox.c.id, outbox.c.run, outbox.c.digest, outbox.c.status, outbox.c.corrects, outbox.c.ordinal)
    same = (outbox.c.workflow == run.workflow, outbox.c.case_id == run.case_id, outbox.c.effect == effect.name)
    return select(*columns).where(*same).order_by(outbox.c.ordinal.desc(), outbox.c.created_at.desc()).limit(1)


def _superseded(connection: Connection, run: Row[Any], latest: Row[Any], at: datetime) -> tuple[str | None, list[Deed]]:
    """What newer content corrects: the latest, or what that was to correct where nobody can have it yet."""
    if latest.status == "withdrawn":
        return latest.corrects, []
    unsent = (outbox.c.id == latest.id, outbox.c.status.in_(UNSENT))
    values = {"status": "withdrawn", "error": "newer content took its place"}
    if connection.execute(update(outbox).where(*unsent).values(values)).rowcount == 0:
        return latest.id, []
    deed = Deed(at, "system", HUB, "superseded", latest.id, after={"run": run.id})
    if latest.run == run.id:
        return latest.corrects, [deed]
    append(connection, latest.run, [deed])
    return latest.corrects, []


def _revived(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Whether the same effect was withdrawn before, and is to be sent now after all."""
    again = {"status": "pending", "ordinal": row["ordinal"], "run": row["run"], "attempts": 0, "error": None}
    withdrawn = (outbox.c.id == row["id"], outbox.c.status == "withdrawn")
    return connection.execute(update(outbox).where(*withdrawn).values(again)).rowcount > 0


def _digest_of(connection: Connection, effect: str) -> str | None:
    return connection.execute(select(outbox.c.digest).where(outbox.c.id == effect)).scalar_one_or_none()


def _row(
    run: Row[Any], effect: Effect, digest: str, corrects: str | None, ordinal: int, at: datetime
) -> dict[str, Any]:
    known_by = [run.workflow, run.case_id, effect.name, digest]
    return {
        "id": sixteen_digits(canonical([*known_by, corrects] if corrects else known_by)),
        "workflow": run.workflow,
        "case_id": run.case_id,
        "effect": effect.name,
        "digest": digest,
        "run": run.id,
        "payload": effect.payload,
        "status": "pending",
        "attempts": 0,
        "created_at": at,
        "next_attempt_at": at,
        "corrects": corrects,
        "ordinal": ordinal,
        "channel": effect.channel,
        "message": effect.message.model_dump(mode="json"),
        "fence": 0,
    }


def _queued(row: Mapping[str, Any], at: datetime) -> Deed:
    after = {name: row[name] for name in ("effect", "channel", "payload", "message", "corrects")}
    return Deed(at, "system", HUB, "queued", row["id"], after=after)
