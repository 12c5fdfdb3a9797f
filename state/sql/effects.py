"""Effects on their way into the outbox: each content once, and what changed since as a correction.

An effect is known by its workflow, case, name and content, and by what it corrects. Content that equals the latest is
there already. Content that differs from what was sent, or may have been, corrects that. What was not sent yet is
withdrawn, and the newer content takes its place.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from state.audit import Deed, canonical
from state.effect import Message
from state.journal import HUB
from state.sql.audit import append
from state.sql.columns import sixteen_digits
from state.sql.keep import insert_or_keep
from state.sql.tables import outbox

MAY_HAVE_IT = "the receiver may have it"
"""The receipt of an effect that was let be while it was unknown."""

SUPERSEDED = "newer content took its place"
"""Why an effect is withdrawn that nobody had yet; its content may come back. What a person withdrew does not."""

UNSENT = ("pending", "dead")
"""The states in which no receiver has an effect, nor may have it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A decision that is to be delivered."""

    name: str
    channel: str
    payload: Mapping[str, Any]
    message: Message


def queue(connection: Connection, run: Row[Any], effect: Effect, at: datetime) -> list[Deed]:
    """Put an effect of a run into the outbox, unless its receiver is told the same already; returns what was done."""
    _wait_for_others(connection, run, effect)
    digest = _sha256(effect.payload)
    deeds: list[Deed] = []
    latest = connection.execute(_latest(run, effect)).one_or_none()
    if latest is None:
        row = _row(run, effect, digest, None, 1, at)
    elif latest.digest == digest and (latest.status, latest.error) != ("withdrawn", SUPERSEDED):
        return []
    else:
        corrects, deeds = _superseded(connection, run, latest, at)
        if corrects is not None and _digest_of(connection, corrects) == digest:
            return deeds
        row = _row(run, effect, digest, corrects, latest.ordinal + 1, at)
    if _inserted(connection, row) or _revived(connection, row):
        deeds.append(_queued(row, at))
    return deeds


def _wait_for_others(connection: Connection, run: Row[Any], effect: Effect) -> None:
    """Have runs of one case take turns; on SQLite there is one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        key = int(sixteen_digits(canonical([run.workflow, run.case_id, effect.name]))[:15], 16)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def _inserted(connection: Connection, row: Mapping[str, Any]) -> bool:
    inserted = insert_or_keep(connection, outbox).values(row).returning(outbox.c.id)
    return connection.execute(inserted).scalar_one_or_none() is not None


def _latest(run: Row[Any], effect: Effect) -> Select[Any]:
    names = ("id", "run", "digest", "status", "corrects", "ordinal", "receipt", "error")
    columns = [outbox.c[name] for name in names]
    same = (outbox.c.workflow == run.workflow, outbox.c.case_id == run.case_id, outbox.c.effect == effect.name)
    return select(*columns).where(*same).order_by(outbox.c.ordinal.desc(), outbox.c.created_at.desc()).limit(1)


def _superseded(connection: Connection, run: Row[Any], latest: Row[Any], at: datetime) -> tuple[str | None, list[Deed]]:
    """What newer content corrects: the latest, or what that was to correct where nobody can have it yet."""
    if latest.status == "withdrawn":
        return (latest.id if latest.receipt == MAY_HAVE_IT else latest.corrects), []
    unsent = (outbox.c.id == latest.id, outbox.c.status.in_(UNSENT))
    values = {"status": "withdrawn", "error": SUPERSEDED}
    if connection.execute(update(outbox).where(*unsent).values(values)).rowcount == 0:
        return latest.id, []
    deed = Deed(at, "system", HUB, "superseded", latest.id, after={"run": run.id})
    if latest.run == run.id:
        return latest.corrects, [deed]
    append(connection, latest.run, [deed])
    return latest.corrects, []


def _revived(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Whether the same effect was withdrawn before, and is to be sent now after all."""
    again = {name: value for name, value in row.items() if name not in ("id", "fence")} | {"error": None}
    withdrawn = (
        outbox.c.id == row["id"],
        outbox.c.status == "withdrawn",
        outbox.c.receipt.is_distinct_from(MAY_HAVE_IT),
    )
    return connection.execute(update(outbox).where(*withdrawn).values(again)).rowcount > 0


def _digest_of(connection: Connection, effect: str) -> str | None:
    return connection.execute(select(outbox.c.digest).where(outbox.c.id == effect)).scalar_one_or_none()


def _row(
    run: Row[Any], effect: Effect, digest: str, corrects: str | None, ordinal: int, at: datetime
) -> dict[str, Any]:
    known_by = [run.workflow, run.case_id, effect.name, digest]
    return {
        "id": _sha256([*known_by, corrects] if corrects else known_by)[:16],
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


def _sha256(content: object) -> str:
    """The digest that the first schema has, too, so that equal content is known after an upgrade."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _queued(row: Mapping[str, Any], at: datetime) -> Deed:
    after = {name: row[name] for name in ("effect", "channel", "payload", "message", "corrects")}
    return Deed(at, "system", HUB, "queued", row["id"], after=after)
