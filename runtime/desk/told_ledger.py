"""The ledger of stories, for a desk that has no database."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from state.human_time import Asked, human_time
from state.ledger import Call, Ledger, ledger_of
from state.run import ReviewRow, RunStory

_FACTS = tuple(name for name in Call._fields if name != "run")


def told_ledger(stories: Sequence[RunStory], workflow: str | None, since: datetime | None) -> Ledger:
    """What was done in the runs of a workflow, or of all, that were started since then; forks are left out."""
    chosen = [
        story
        for story in stories
        if workflow in (None, story.run.workflow)
        and story.run.origin is None
        and (since is None or story.run.created_at >= since)
    ]
    human = human_time(_asked(review) for story in chosen for review in story.reviews)
    return ledger_of((call for story in chosen for call in _calls(story)), human)


def _calls(story: RunStory) -> Iterator[Call]:
    for execution in story.executions:
        yield Call(story.run.id, *(getattr(execution, name) for name in _FACTS))


def _asked(review: ReviewRow) -> Asked:
    facts = {name: getattr(review, name) for name in Asked._fields if name != "voice"}
    return Asked(**facts, voice=(review.answer or {}).get("voice"))
