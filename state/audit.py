"""The audit trail: who changed what in a run, when, from what to what, chained so that tampering shows.

Each row carries a digest of its salted payload, and a hash over itself and the hash of the row before it. The run
keeps how many rows there are and the last hash, so that a row that was removed, added or altered breaks the chain at
its place. A payload may be erased with its salt: the digest stays, and with it the chain.

    digest = SHA-256(salt, payload)                         payload: canonical JSON of before and after
    hash   = SHA-256(previous hash, ordinal, moment, actor kind, actor, action, subject, digest)

Whoever can write every table can compute a chain anew. Against that, keep the last hash somewhere else.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ActorKind = Literal["agent", "human", "policy", "system"]
"""``agent``: a specialist or the voters of a conflict. ``human``: a person. ``policy``: a declared one.
``system``: Roundhouse itself, such as the hub, a driver or the delivery."""

Action = Literal[
    "started", "decided", "renewed", "noted", "attempt_used", "rung", "answered", "approved", "closed",
    "asked", "withdrawn", "claimed", "released", "accepted", "expired", "forwarded", "prioritised", "reminded",
    "completed", "waiting", "rejected", "failed", "running", "taken_over",
    "queued", "delivered", "dead", "unknown", "resolved", "retried", "superseded",
    "migrated", "forked", "pruned", "forgotten",
    "scheduled", "unscheduled", "stopped", "resumed",
    "checked", "repinned",
]  # fmt: skip
"""What happened. ``answered``: an answer was applied; ``accepted``: it was taken and stored. ``stopped`` and
``resumed`` are said of a schedule. ``checked``: a reviewer decided it once more, without being told how it was.
``repinned``: what a run is held to changed while it waited on the queue."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written into the trail."""

    at: datetime
    actor_kind: ActorKind
    actor: str
    action: Action
    subject: str
    """What it was done to: a decision, a question, an effect, or the run."""
    before: Any = None
    """Plain JSON; None where there was nothing."""
    after: Any = None


class AuditRow(BaseModel):
    """One row of the trail."""

    model_config = ConfigDict(frozen=True)

    ordinal: int
    """Counts from 1 within the run."""
    at: datetime
    actor_kind: str
    actor: str
    action: str
    subject: str
    payload: str | None
    """Canonical JSON of before and after; None once it is erased."""
    salt: str | None
    digest: str
    hash: str

    @property
    def change(self) -> dict[str, Any] | None:
        """``before`` and ``after``; None once they are erased."""
        return None if self.payload is None else json.loads(self.payload)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a run's trail."""

    count: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a trail is whole; else the first bad row, and what is wrong with it."""

    rows: int
    head: str
    bad: int | None = None
    """The ordinal of the first bad row."""
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every row is as it was written, and none is missing."""
        return self.bad is None


@dataclass(frozen=True, slots=True)
class Trail:
    """The whole trail of a run, and whether it is as it was written."""

    run: str
    rows: tuple[AuditRow, ...]
    verdict: Verdict


def chained(head: Head, deeds: Sequence[Deed]) -> tuple[Head, list[AuditRow]]:
    """The rows of some deeds behind the end of a trail, and the new end."""
    rows = []
    for deed in deeds:
        row = _row(head, deed)
        rows.append(row)
        head = Head(row.ordinal, row.hash)
    return head, rows


def _row(head: Head, deed: Deed) -> AuditRow:
    payload, salt = canonical({"before": deed.before, "after": deed.after}), secrets.token_hex(16)
    row = AuditRow.model_construct(
        ordinal=head.count + 1,
        at=deed.at.astimezone(UTC),
        actor_kind=deed.actor_kind,
        actor=deed.actor,
        action=deed.action,
        subject=deed.subject,
        payload=payload,
        salt=salt,
        digest=_sha256(salt + payload),
        hash="",
    )
    return row.model_copy(update={"hash": _hash(head.hash, row)})


def verified(rows: Iterable[AuditRow], head: Head, expected: str | None = None) -> Verdict:
    """Whether the rows, in order, are the whole trail that ends in ``head``, and has the expected hash in it."""
    reached, met = Head(), expected is None
    unexplained: int | None = None
    for row in rows:
        reason = _fault(reached, row)
        if reason:
            return Verdict(reached.count, reached.hash, reached.count + 1, reason)
        if row.payload is None and unexplained is None:
            unexplained = row.ordinal
        if row.action == "forgotten":
            unexplained = None
        reached = Head(row.ordinal, row.hash)
        met = met or row.hash == expected
    ending = _ending(reached, head, unexplained)
    if ending.is_whole and not met:
        reason = "no row has the hash that was expected: the trail was written anew"
        return Verdict(reached.count, reached.hash, 1, reason)
    return ending


def _ending(reached: Head, head: Head, unexplained: int | None) -> Verdict:
    """What the end of the trail says, once every row that is there fits the one before."""
    if unexplained is not None:
        reason = "its payload is gone, and no later row says that it was forgotten"
        return Verdict(reached.count, reached.hash, unexplained, reason)
    if head == Head():
        reason = "there is none: the run is from before trails were kept, or its trail was removed"
        return Verdict(0, "", 1, reason)
    if reached.count < head.count:
        reason = f"it is missing: the run counts {head.count} rows, and there are {reached.count}"
        return Verdict(reached.count, reached.hash, reached.count + 1, reason)
    if reached != head:
        reason = f"the run counts {head.count} rows and its last hash differs"
        return Verdict(reached.count, reached.hash, max(reached.count, 1), reason)
    return Verdict(reached.count, reached.hash)


def _fault(before: Head, row: AuditRow) -> str:
    if row.ordinal != before.count + 1:
        return f"it is missing: row {row.ordinal} follows row {before.count}"
    if row.payload is not None and _sha256((row.salt or "") + row.payload) != row.digest:
        return "its payload was altered"
    if _hash(before.hash, row) != row.hash:
        return "it was altered, or the row before it was"
    return ""


def _hash(previous: str, row: AuditRow) -> str:
    moment = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    facts = [previous, row.ordinal, moment, row.actor_kind, row.actor, row.action, row.subject, row.digest]
    return _sha256(canonical(facts))


def canonical(value: Any) -> str:
    """Plain JSON with one spelling for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
