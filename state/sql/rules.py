"""Rules from answers in SQL: what people have said of conflicts, and the rules that they made of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from state.errors import UsageError
from state.rule import RuleRow, Said
from state.sql.columns import sixteen_digits
from state.sql.keep import insert_or_keep
from state.sql.tables import reviews, rules, runs


def past_answers(connection: Connection, workflow: str) -> list[Said]:
    """All answers to conflicts of a workflow, under whichever signature, oldest first; forks are left out."""
    question, answer = reviews.c.payload["question"], reviews.c.answer
    columns = [reviews.c[name] for name in ("run", "names", "answered_at")]
    columns += [question[name].as_string().label(name) for name in ("conflict", "suggestion")]
    columns += [answer[name].as_string().label(name) for name in ("action", "voice", "prefer", "decision", "by")]
    query = select(*columns).join(runs, runs.c.id == reviews.c.run)
    query = query.where(runs.c.workflow == workflow, runs.c.origin.is_(None))
    query = query.where(reviews.c.kind == "conflict", reviews.c.status == "answered")
    return [_said(row) for row in connection.execute(query.order_by(reviews.c.answered_at, reviews.c.id))]


def _said(row: Row[Any]) -> Said:
    """An approval takes the side that it names, or the suggestion; any other answer lets neither stand as it is."""
    side = row.prefer or row.decision or row.suggestion
    stood = side if row.action == "approve" else None
    return Said(row.conflict, frozenset(row.names), stood, row.by, row.answered_at, row.run, row.voice or "human")


def active_rules(connection: Connection, workflow: str) -> dict[str, str]:
    """The side that stands, by conflict, of the rules that runs which start now have."""
    query = select(rules.c.conflict, rules.c.prefer).where(rules.c.workflow == workflow, rules.c.revoked_at.is_(None))
    return {row.conflict: row.prefer for row in connection.execute(query)}


def list_rules(connection: Connection, workflow: str | None = None) -> list[RuleRow]:
    """The rules of a workflow, or of all, those that were revoked too; newest first."""
    query = select(rules).order_by(rules.c.accepted_at.desc(), rules.c.id)
    if workflow is not None:
        query = query.where(rules.c.workflow == workflow)
    return [RuleRow.model_validate(dict(row._mapping)) for row in connection.execute(query)]


def accept_rule(connection: Connection, rule: RuleRow) -> RuleRow:
    """Have a rule hold for the runs that start from now on; returns it with its id.

    Raises ``UsageError`` where the conflict has a rule already, whoever was quicker.
    """
    found = [each for each in list_rules(connection, rule.workflow) if each.conflict == rule.conflict]
    # two that accept at once make the same id of what they have read, and only one of them gets in
    made = rule.model_copy(update={"id": _id(rule, found)})
    values = made.model_dump(exclude={"support"}) | {"support": made.support.model_dump(mode="json")}
    is_free = not any(each.is_active for each in found)
    statement = insert_or_keep(connection, rules).values(values).returning(rules.c.id)
    if not is_free or connection.execute(statement).scalar_one_or_none() is None:
        raise UsageError(
            f"Conflict {rule.conflict!r} of {rule.workflow} has a rule already. "
            f"'roundhouse rules {rule.workflow}' shows it; --revoke {rule.conflict} ends it."
        )
    return made


def revoke_rule(connection: Connection, workflow: str, conflict: str, by: str, now: datetime) -> RuleRow:
    """Have the rule of a conflict hold no more for runs that start from now on. Raises ``UsageError``."""
    mine = (rules.c.workflow == workflow, rules.c.conflict == conflict, rules.c.revoked_at.is_(None))
    statement = update(rules).where(*mine).values(revoked_by=by, revoked_at=now).returning(*rules.c)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise UsageError(f"Conflict {conflict!r} of {workflow} has no rule. 'roundhouse rules' lists those that hold.")
    return RuleRow.model_validate(dict(row._mapping))


def _id(rule: RuleRow, before: Sequence[RuleRow]) -> str:
    return sixteen_digits(f"{rule.workflow}\0{rule.conflict}\0{len(before)}")
