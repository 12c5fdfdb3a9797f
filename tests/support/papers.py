"""A small real workflow that keeps files and sends them along, for tests of what becomes of those."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from agents.files import FileStore
from agents.specialist import Escalate, Handoff, specialist
from graphs.catalogue import Catalogue, Entry
from graphs.recurrence import Recurrence
from graphs.workflow import Deliver, Workflow
from state.artifact import Artifact
from state.case import Case
from state.decision import Decision


class Wish(Case):
    """The case."""

    text: str
    schedule: str | None = None
    zone: str = "UTC"


class Draft(Decision):
    """A table that nobody is sent."""

    table: Artifact


class Paper(Decision):
    """What is sent."""

    text: str
    paper: Artifact
    page: Artifact | None = None


def times(case: Wish) -> tuple[str, str] | None:
    """When a case is run again."""
    return (case.schedule, case.zone) if case.schedule else None


def renewed(case: Wish, moment: datetime) -> Wish:
    """The case of a moment; one whose text says ``wreck`` makes none, and ``alias`` the same."""
    if "wreck" in case.text:
        raise RuntimeError("no such day")
    identity = case.id if "alias" in case.text else f"{case.id}@{moment:%Y-%m-%dT%H:%M}"
    return case.model_copy(update={"id": identity, "text": f"{case.text} of {moment:%Y-%m-%d}"})


def papers(files: FileStore, pause: Callable[[], float] = lambda: 0.0) -> Workflow:
    """The workflow that keeps its files in a store; a draft takes so many seconds."""

    @specialist(decides=Draft)
    async def drafter(handoff: Handoff[Wish]) -> Draft | Escalate:
        await asyncio.sleep(pause())
        if handoff.case.text.startswith("nothing"):
            return Escalate("there is nothing to draft")
        return Draft(table=files.keep(f"table of {handoff.case.text}".encode(), "table.parquet"))

    @specialist(decides=Paper, needs=(Draft,))
    def printer(handoff: Handoff[Wish]) -> Paper:
        text = handoff.case.text
        paper = files.keep(f"%PDF {text}".encode(), "paper.pdf")
        page = files.keep(f"<p>{text}".encode(), "page.html") if "page" in text else None
        return Paper(text=f"Here is {text}.", paper=paper, page=page)

    effects = (Deliver(Paper, attach=("paper", "page")),)
    return Workflow(
        name="papers", case=Wish, specialists=(drafter, printer), effects=effects, recurrence=Recurrence(times, renewed)
    )


def catalogue(files: FileStore, pause: Callable[[], float] = lambda: 0.0) -> Catalogue:
    """A catalogue with it."""
    return Catalogue({"papers": Entry(lambda profile: papers(files, pause))})


def here() -> Workflow:
    """The workflow for the command, which keeps its files where that looks for them."""
    return papers(FileStore())
