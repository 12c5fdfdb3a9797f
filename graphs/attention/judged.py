"""The judged confidence: how sure the hub was of a case, and whether anything else about it asks a human."""

from collections.abc import Iterable

from graphs.workflow import Workflow
from state.progress import Progress
from state.review import Question


def judged_confidence(workflow: Workflow, progress: Progress) -> float | None:
    """The least confidence of the judged decision's versions by an agent, 0 to 1; None where there is none.

    The least, since each version that is current is held against the threshold.
    """
    versions = progress.records.get(workflow.judged or "", ())
    sure = [each.confidence for each in versions if each.outcome == "decided" and each.maker.kind == "agent"]
    return min((each for each in sure if each is not None), default=None)


def asks_otherwise(questions: Iterable[Question]) -> bool:
    """Whether any of the questions is not about the judged decision's confidence."""
    return any(question.kind != "low_confidence" for question in questions)
