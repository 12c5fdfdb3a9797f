"""Forgetting: a run loses every word of its case, and its ids; its figures stay under a pseudonym.

All of a run goes in one transaction. What stays is what was decided when, by which specialist or which member of staff,
at what cost, and the audit trail without its payloads, whose chain still holds.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update

from state.audit import Deed
from state.errors import RunBusy
from state.progress import Progress
from state.run import Pins
from state.sql.asking import put_questions
from state.sql.audit import append
from state.sql.compaction import overwriting
from state.sql.fence import Lease
from state.sql.footprint import Line, SentEffect, sent_effects
from state.sql.prune import delete_checkpoints
from state.sql.runs import held_run
from state.sql.tables import (
    audit,
    conflicts,
    executions,
    judgements,
    notes,
    outbox,
    outcomes,
    quarantine,
    records,
    reviews,
    runs,
    schedules,
    spot_checks,
    tombstones,
)
from state.sql.tombstones import case_digest, insert_tombstone

FORGOTTEN = "forgotten"
"""What stands in place of words, and begins every pseudonym."""

_ERASED: Mapping[Table, Mapping[str, Any]] = {
    records: {"value": None, "reason": "", "provenance": None},
    notes: {"text": ""},
    executions: {"error": "", "tool": None},
    spot_checks: {"verdict": None},
}
_PART_OF_A_RUN = (records, notes, executions, conflicts, reviews, outbox, audit, judgements, spot_checks)
_NAMES_ITS_CASE = (outbox, judgements, spot_checks)
_KEPT_PINS = frozenset(
    {"signature", "threshold", "profile", "profile_digest", "staff", "started_at", "delivers", "queued"}
    | {"certificate", "withdrawn", "rules"}
)
_KEPT_OF_AN_ANSWER = frozenset({"question", "action", "by", "voice", "decision", "prefer"})


def forget_run(
    connection: Connection, lease: Lease, by: str, now: datetime, dead: Collection[str] = ()
) -> Sequence[SentEffect]:
    """Forget the run that the lease holds; returns what has left the house of it. The lease ends with it.

    Raises ``RunBusy`` while an effect of it is being sent by somebody who is not in ``dead``, and ``LeaseLost``.
    """
    run = held_run(connection, lease)
    _refuse_while_sending(connection, run.id, dead, now)
    sent = sent_effects(connection, [run.id])
    with overwriting(connection):
        delete_checkpoints(connection, [run.id])
        status = _close(connection, run, now)
        _erase(connection, run.id)
        append(connection, run.id, [Deed(now, "human", by, "forgotten", "run", after={"status": status})])
        _rename(connection, run, by, now)
    return sent


def forget_lines(connection: Connection, lines: Sequence[Line]) -> None:
    """Leave of some quarantined rows only that there were such rows."""
    with overwriting(connection):
        for batch, line in lines:
            here = (quarantine.c.batch == batch, quarantine.c.line == line)
            connection.execute(update(quarantine).where(*here).values(text="", reason=FORGOTTEN))


def _refuse_while_sending(connection: Connection, run: str, dead: Collection[str], now: datetime) -> None:
    """Whatever the run has to send is locked, so that nobody begins to."""
    columns = (outbox.c.status, outbox.c.sender, outbox.c.sending_until)
    for row in connection.execute(select(*columns).where(outbox.c.run == run).with_for_update()):
        if row.status == "sending" and row.sending_until > now and row.sender not in dead:
            raise RunBusy(run, str(row.sender), f"{row.sending_until:%H:%M:%S} UTC")


def _close(connection: Connection, run: Row[Any], now: datetime) -> str:
    """Bring the run to its end, with nothing left to ask, apply, send or check; returns the status that it then has."""
    _, deeds = put_questions(connection, run.id, (), Progress(), now)
    append(connection, run.id, deeds)
    unapplied = (reviews.c.run == run.id, reviews.c.applied_at.is_(None), reviews.c.status.in_(("answered", "expired")))
    connection.execute(update(reviews).where(*unapplied).values(applied_at=now))
    unsent = (outbox.c.run == run.id, outbox.c.status != "delivered")
    withdrawn = {"status": "withdrawn", "sender": None, "sending_until": None, "fence": outbox.c.fence + 1}
    connection.execute(update(outbox).where(*unsent).values(withdrawn))
    unchecked = (spot_checks.c.run == run.id, spot_checks.c.status == "open")
    connection.execute(delete(spot_checks).where(*unchecked))
    if run.status in ("completed", "rejected"):
        return str(run.status)
    ended = {"status": "rejected", "ended_at": now}
    connection.execute(update(runs).where(runs.c.id == run.id).values(ended))
    return "rejected"


def _erase(connection: Connection, run: str) -> None:
    """Erase all words of the run's parts."""
    for table, values in _ERASED.items():
        connection.execute(update(table).where(table.c.run == run).values(values))
    for row in connection.execute(select(reviews).where(reviews.c.run == run)).all():
        connection.execute(update(reviews).where(reviews.c.id == row.id).values(_wordless(row)))
    effect: dict[str, Any] = {"payload": {}, "message": None, "digest": "", "error": None, "receipt": None}
    connection.execute(update(outbox).where(outbox.c.run == run).values(effect))
    connection.execute(update(audit).where(audit.c.run == run).values(payload=None, salt=None))


def _wordless(review: Row[Any]) -> dict[str, Any]:
    """A question and its answer without words: of which kind, about which versions, and who answered how."""
    answer = review.answer and {name: value for name, value in review.answer.items() if name in _KEPT_OF_AN_ANSWER}
    return {"payload": {"question": {**review.payload["question"], "reason": FORGOTTEN}, "decisions": {}}} | {
        "answer": answer
    }


def _rename(connection: Connection, run: Row[Any], by: str, now: datetime) -> None:
    """Empty the run's own row, and give it and its case pseudonyms everywhere."""
    pseudonym = _new_pseudonym()
    case = _case_pseudonym(connection, run) or _new_pseudonym()
    insert_tombstone(connection, run.id, run.workflow, run.case_id, pseudonym, by, now)
    for table in _PART_OF_A_RUN:
        connection.execute(update(table).where(table.c.run == run.id).values(run=pseudonym))
    for table in _NAMES_ITS_CASE:
        connection.execute(update(table).where(table.c.run == pseudonym).values(case_id=case))
    connection.execute(delete(outcomes).where(outcomes.c.workflow == run.workflow, outcomes.c.case_id == run.case_id))
    connection.execute(update(runs).where(runs.c.origin == run.id).values(origin=pseudonym))
    for column in ("run", "last_run"):
        connection.execute(update(schedules).where(schedules.c[column] == run.id).values({column: pseudonym}))
    pins: Pins = connection.execute(select(runs.c.pins).where(runs.c.id == run.id)).scalar_one()
    values = {
        "id": pseudonym,
        "case_id": case,
        "case_data": {},
        "decisions": {},
        "seed": None,
        "error": None,
        "pins": {name: value for name, value in pins.items() if name in _KEPT_PINS},
        # whoever has the file knows from the place who it was
        "position": None,
        "pruned_at": now,
        "updated_at": now,
        "driver": None,
        "lease_until": None,
    }
    connection.execute(update(runs).where(runs.c.id == run.id).values(values))


def _case_pseudonym(connection: Connection, run: Row[Any]) -> str | None:
    """The pseudonym that the case got when another of its runs was forgotten."""
    query = select(runs.c.case_id).join(tombstones, tombstones.c.run == runs.c.id)
    same = tombstones.c.case_digest == case_digest(run.workflow, run.case_id)
    found: str | None = connection.execute(query.where(same).limit(1)).scalar_one_or_none()
    return found


def _new_pseudonym() -> str:
    return f"{FORGOTTEN}-{secrets.token_hex(8)}"
