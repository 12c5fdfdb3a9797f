"""The matter: one question, or one run, with all that a person needs to judge it."""

from dataclasses import dataclass

from graphs.consequence import Consequence, consequences
from graphs.draw_run import draw_run
from graphs.fork import Difference, side_by_side
from graphs.shape import Mesh
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

    def asks_under(self, name: str, story: RunStory) -> float | None:
        """The confidence under which a human is asked about a decision; None for one that is not judged."""
        is_judged = self.workflow is not None and self.workflow.judged == name
        return story.pins.get("threshold") if is_judged else None


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
    def drawing(self) -> str | None:
        """The workflow as Mermaid text, with the path of this run lit; None where the workflow is not known."""
        return draw_run(self.known.workflow, self.story) if self.known.workflow is not None else None

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The decisions of this run beside those of its origin; none where it is no fork."""
        if self.origin is None or self.known.workflow is None:
            return ()
        return tuple(side_by_side(self.known.workflow, self.origin.decisions, self.story.run.decisions))

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
    # in a mesh everybody speaks again after an answer, and what comes of that nobody knows
    if workflow is None or review.status not in WAITING or isinstance(workflow.shape, Mesh):
        return ()
    threshold = story.pins.get("threshold", workflow.threshold)
    try:
        return consequences(workflow, progress_of(story), threshold, _question(review))
    except (StaleAnswer, ContractBroken):
        return ()


def _question(review: ReviewRow) -> Question:
    return Question.model_validate(review.payload["question"])
