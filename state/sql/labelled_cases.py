"""Labelled cases in SQL: the cases that were run here, with what is known to have happened to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from state.sql.tables import runs
from state.sql.tables.attention import outcomes


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case that was run, and its outcome."""

    id: str
    content: Mapping[str, Any]
    """As its newest run that is no fork had it."""
    label: Mapping[str, str]
    """What happened, by the heading of its column."""


def labelled_cases(connection: Connection, workflow: str) -> list[PastCase]:
    """The cases of a workflow whose outcome is recorded, in the order in which they were run last."""
    newest_first = func.row_number().over(partition_by=runs.c.case_id, order_by=(runs.c.created_at.desc(), runs.c.id))
    numbered = (
        select(runs.c.id, runs.c.case_id, runs.c.created_at, newest_first.label("place"))
        .where(runs.c.workflow == workflow, runs.c.origin.is_(None))
        .subquery()
    )
    # the newest runs are found in an index alone, and only then are their documents read
    query = (
        select(runs.c.case_id, runs.c.case_data, outcomes.c.label)
        .join(numbered, numbered.c.id == runs.c.id)
        .join(outcomes, (outcomes.c.workflow == workflow) & (outcomes.c.case_id == runs.c.case_id))
        .where(numbered.c.place == 1)
        .order_by(numbered.c.created_at, runs.c.id)
    )
    return [PastCase(case, content, label) for case, content, label in connection.execute(query)]


def count_cases(connection: Connection, workflow: str) -> int:
    """How many cases of a workflow were run, whatever is known of them."""
    query = select(func.count(runs.c.case_id.distinct())).where(runs.c.workflow == workflow, runs.c.origin.is_(None))
    return connection.execute(query).scalar_one()
