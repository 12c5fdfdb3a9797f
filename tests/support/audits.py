"""A small real workflow of a user's own that lists what it found and asks a person about some of it."""

import asyncio
import tempfile
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agents.specialist import Handoff, specialist
from graphs.catalogue import Catalogue, Entry
from graphs.escalation import Escalation
from graphs.workflow import Deliver, Workflow
from runtime.desk.fake import FakeDesk
from runtime.roundhouse import Roundhouse
from state.case import Case
from state.decision import Decision
from state.run import RunStory

FORMS = ("count the SHELF again", "leave out SHELF <b>")


class Audit(Case):
    """The case."""

    site: str


class Finding(BaseModel):
    """Something that was found."""

    model_config = ConfigDict(frozen=True)

    shelf: str
    words: str
    asks: bool = False


class Audited(Decision):
    """What was found."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]


class Verdict(Decision):
    """What is sent."""

    text: str


@specialist(decides=Audited, forms=FORMS)
def auditor(handoff: Handoff[Audit]) -> Audited:
    found = (
        Finding(shelf="north", words="three boxes more than the list says <script>", asks=True),
        Finding(shelf="south", words="a box that nobody can read"),
    )
    return Audited(findings=found, counts={"more": 1, "unreadable": 1}, confidence=0.5, rationale="Look at the north.")


@specialist(decides=Verdict, needs=(Audited,))
def judge(handoff: Handoff[Audit]) -> Verdict:
    return Verdict(text=f"{handoff.case.site} was audited")


audits = Workflow(
    name="audits",
    case=Audit,
    specialists=(auditor, judge),
    effects=(Deliver(Verdict),),
    escalation=Escalation(judged=Audited, threshold=0.9),
)


@cache
def audit_stories() -> tuple[RunStory, ...]:
    """The story of one audit, which waits."""
    return asyncio.run(_audited())


async def _audited() -> tuple[RunStory, ...]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'audits.db'}"
        async with Roundhouse.open(url, Catalogue({"audits": Entry(lambda profile: audits)})) as roundhouse:
            await roundhouse.start("audits", {"id": "a1", "site": "harbour"}, run="run-a1")
            return (await roundhouse.show("run-a1"),)


def audit_desk() -> FakeDesk:
    """A desk at which the audit waits."""
    return FakeDesk({"audits": audits}, audit_stories())
