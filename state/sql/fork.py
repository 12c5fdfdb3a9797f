"""What a fork is made of, read from the tables, so that it needs none of the checkpoints of its origin."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from state.progress import Progress
from state.rebuild import progress_of
from state.run import RunRow
from state.sql.reviews import unapplied
from state.sql.runs import PinnedRun, find_run, pinned_run, run_row, signature_parts
from state.sql.story import read_story
from state.sql.tables import runs


@dataclass(frozen=True, slots=True)
class Origin:
    """A run that is about to be forked."""

    run: RunRow
    pinned: PinnedRun
    progress: Progress
    parts: Mapping[str, str] | None
    """What its signature stands for; None where that is not known."""


def read_origin(connection: Connection, run: str) -> Origin:
    """A run, by its id, the beginning of it or its case's id, with all that it had come to. Raises ``UnknownRun``."""
    row = find_run(connection, run)
    pinned, parts = pinned_run(connection, row.id), signature_parts(connection, row.signature)
    return Origin(run_row(row), pinned, read_progress(connection, row.id), parts)


def forks_of(connection: Connection, run: str) -> list[RunRow]:
    """The forks of a run, newest first."""
    query = select(runs).where(runs.c.origin == run).order_by(runs.c.created_at.desc())
    return [run_row(row) for row in connection.execute(query)]


def read_progress(connection: Connection, run: str) -> Progress:
    """The progress of a run from the tables, with the answers that were applied. Raises ``UnknownRun``."""
    story = read_story(connection, run)
    waiting = {review for _, review, _ in unapplied(connection, story.run.id)}
    applied = tuple(review for review in story.reviews if review.id not in waiting)
    return progress_of(story.model_copy(update={"reviews": applied}))
