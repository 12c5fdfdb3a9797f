"""The matter: one question, or one run, with all that a person needs to judge it."""

from dataclasses import dataclass

from graphs.consequence import Consequence, consequences
from graphs.workflow import Workflow
from state.errors import ContractBroken, StaleAnswer
from state.progress import Progress
from state.rebuild import progress_of
from state.review import Question
from state.run import ReviewRow, RunRow, RunStory
from state.sql.asking import WAITING


@dataclass(frozen=True, slots=True)
class Known:
    """A run's workflow as it is now, where it can be had."""

    workflow: Workflow | None
    trouble: str = ""
    """Why the run cannot go on under it, and what to do; empty where it can."""
    migrates: bool = False
    """Whether migrating the run is what to do."""


@dataclass(frozen=True, slots=True)
class RunView:
    """One run."""

    story: RunStory
    known: Known
    origin: RunRow | None
    """The run that it is a fork of."""
    forks: tuple[RunRow, ...]

    @property
    def progress(self) -> Progress:
        """All that the run knows besides its case."""
        return progress_of(self.story)

    @property
    def open_reviews(self) -> tuple[ReviewRow, ...]:
        """The questions of the run that wait."""
        return tuple(review for review in self.story.reviews if review.status in WAITING)


@dataclass(frozen=True, slots=True)
class Matter:
    """One question with its run."""

    review: ReviewRow
    story: RunStory
    known: Known
    consequences: tuple[Consequence, ...]
    """What follows from each answer; empty where that is not known."""

    @property
    def question(self) -> Question:
        """The question as it was put."""
        return _question(self.review)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.review.status in WAITING


def matter_of(review: ReviewRow, story: RunStory, known: Known) -> Matter:
    """A question with its run, and what follows from each answer. Pure."""
    return Matter(review, story, known, _consequences(review, story, known.workflow))


def known_as(workflow: Workflow, story: RunStory) -> Known:
    """Whether a run can go on under a workflow. Pure."""
    if story.pins.get("signature", workflow.signature) == workflow.signature:
        return Known(workflow)
    trouble = (
        "The workflow has changed since this run was started. The run goes on under the present one once it is "
        "migrated, which keeps every decision whose contract and needs are unchanged."
    )
    return Known(workflow, trouble, migrates=True)


def _consequences(review: ReviewRow, story: RunStory, workflow: Workflow | None) -> tuple[Consequence, ...]:
    if workflow is None or review.status not in WAITING:
        return ()
    threshold = story.pins.get("threshold", workflow.threshold)
    try:
        return consequences(workflow, progress_of(story), threshold, _question(review))
    except (StaleAnswer, ContractBroken):
        return ()


def _question(review: ReviewRow) -> Question:
    return Question.model_validate(review.payload["question"])
