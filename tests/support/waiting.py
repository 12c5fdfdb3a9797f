"""Stories of runs as the real thing leaves them, for desks that need no database."""

import asyncio
import tempfile
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from graphs.catalogue import Catalogue, Entry
from graphs.lead_qualification import lead_qualification
from runtime.desk.fake import FakeDesk
from runtime.intake import Accepted, Source
from runtime.replay import Moment
from runtime.roundhouse import Roundhouse
from state.run import RunStory
from tests.support.triage import triage

LEADS = Path(__file__).parents[2] / "data" / "leads.csv"
"""The sample."""

HOSTILE = (
    "<script>document.title='pwned'</script> [click](javascript:alert(1)) **bold** :red[x] $x^2$ \u202edrow\x1b[31m"
)
"""The text of a case that means harm."""

TICKETS: Mapping[str, Mapping[str, Any]] = {
    "plain": {"text": "printer is broken"},
    "unsure-1": {"text": "printer is on fire", "trouble": "unsure"},
    "unsure-2": {"text": "mail is slow", "trouble": "unsure"},
    "unsure-3": {"text": "door is open", "trouble": "unsure"},
    "torn": {"text": "disk is full", "trouble": "disagree"},
    "empty": {"text": "nothing at all", "trouble": "escalate"},
    "hostile": {"text": HOSTILE, "trouble": "unsure"},
}
"""The cases by their ids."""


@cache
def ticket_stories() -> tuple[tuple[RunStory, ...], tuple[Moment, ...]]:
    """The stories of the tickets, and the checkpoints of the one that is torn."""
    return asyncio.run(_lived(TICKETS))


async def _lived(tickets: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[RunStory, ...], tuple[Moment, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'stories.db'}"
        async with Roundhouse.open(url, Catalogue({"triage": Entry(lambda profile: triage)})) as roundhouse:
            for case, given in tickets.items():
                await roundhouse.start("triage", {"id": case, **given}, run=f"run-{case}")
            stories = tuple([await roundhouse.show(f"run-{case}") for case in tickets])
            return stories, tuple(await roundhouse.replay("run-torn"))


def fake_desk() -> FakeDesk:
    """A desk at which the tickets wait."""
    stories, moments = ticket_stories()
    return FakeDesk({"triage": triage}, stories, moments=moments)


@cache
def lead_stories() -> tuple[RunStory, ...]:
    """The stories of the first leads of the sample of which two wait."""
    return asyncio.run(_qualified(12))


async def _qualified(count: int) -> tuple[RunStory, ...]:
    workflow = lead_qualification()
    rows = islice(Source(LEADS, workflow.case).rows(), count)
    with tempfile.TemporaryDirectory() as folder:
        async with Roundhouse.open(f"sqlite:///{Path(folder) / 'leads.db'}") as roundhouse:
            leads = [row.case for row in rows if isinstance(row, Accepted)]
            runs = [await roundhouse.start("lead-qualification", lead, profile="sample") for lead in leads]
            return tuple([await roundhouse.show(run.id) for run in runs])


def lead_desk() -> FakeDesk:
    """A desk at which leads wait."""
    return FakeDesk({"lead-qualification": lead_qualification()}, lead_stories())
