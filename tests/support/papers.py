"""A small real workflow that keeps files and sends them along, for tests of what becomes of those."""

from agents.files import FileStore
from agents.specialist import Handoff, specialist
from graphs.catalogue import Catalogue, Entry
from graphs.workflow import Deliver, Workflow
from state.artifact import Artifact
from state.case import Case
from state.decision import Decision


class Wish(Case):
    """The case."""

    text: str


class Draft(Decision):
    """A table that nobody is sent."""

    table: Artifact


class Paper(Decision):
    """What is sent."""

    text: str
    paper: Artifact
    page: Artifact | None = None


def papers(files: FileStore, size: int = 0) -> Workflow:
    """The workflow that keeps its files in a store; its papers have so many bytes besides the text."""

    @specialist(decides=Draft)
    def drafter(handoff: Handoff[Wish]) -> Draft:
        return Draft(table=files.keep(f"table of {handoff.case.text}".encode(), "table.parquet"))

    @specialist(decides=Paper, needs=(Draft,))
    def printer(handoff: Handoff[Wish]) -> Paper:
        text = handoff.case.text
        paper = files.keep(f"%PDF {text}".encode() + bytes(size), "paper.pdf")
        page = files.keep(f"<p>{text}".encode(), "page.html") if "page" in text else None
        return Paper(text=f"Here is {text}.", paper=paper, page=page)

    effects = (Deliver(Paper, attach=("paper", "page")),)
    return Workflow(name="papers", case=Wish, specialists=(drafter, printer), effects=effects)


def catalogue(files: FileStore, size: int = 0) -> Catalogue:
    """A catalogue with it."""
    return Catalogue({"papers": Entry(lambda profile: papers(files, size))})
