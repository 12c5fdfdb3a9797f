"""The simulated person: who knows what is right, answers at once, and is wrong as often as people are.

It answers the first of the open questions. Asked to settle a conflict, it puts right whichever side is wrong, the one
that is disputed first; where both are right it lets the disputed one stand. Asked about a decision, it lets what is
right stand and decides what is not. An answer that mistakes the case lets stand what is there, and where nothing is,
decides something else than is right.

It never sends anything back, so each of its answers leaves a decision right, approved or settled, and a run ends: notes
come only from the finite rungs of the ladders, and what a person decided is made again by nobody else.
"""

from dataclasses import dataclass
from typing import Any

from graphs.workflow import Workflow
from lab.simulation.chance import drawn
from lab.simulation.scene import scene
from lab.simulation.stand_in import StandIn
from lab.simulation.truth import Truth, is_right
from state.progress import Progress
from state.review import Answer, Question

NAME = "person"


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """Answers the questions of the trial that is run now."""

    stand_in: StandIn
    """What it decides where it mistakes the case and nothing is there."""
    accuracy: float = 1.0
    """The probability that an answer is right, 0 to 1."""
    seed: int = 0

    def answer(self, workflow: Workflow, progress: Progress, questions: tuple[Question, ...]) -> Answer:
        """An answer to the first of the questions."""
        question, truth = questions[0], scene().truth
        if drawn(self.seed, "mistake", repr(truth), question.key) >= self.accuracy:
            return self._mistaken(workflow, truth, question)
        wrong = [name for name in question.names if not is_right(workflow, progress, truth, name)]
        mended = next((name for name in wrong if name in truth), None)
        if mended is not None:
            return _edit(question, mended, dict(truth[mended]))
        if wrong and "approve" not in question.offers:
            return Answer(question=question.key, action="reject", by=NAME, text="nobody can decide this")
        return _stands(question)

    def _mistaken(self, workflow: Workflow, truth: Truth, question: Question) -> Answer:
        if "approve" in question.offers:
            return _stands(question)
        name = question.names[0]
        if name not in truth:
            return Answer(question=question.key, action="reject", by=NAME, text="nobody can decide this")
        right = workflow.contracts[name].model_validate(truth[name])
        wrong = self.stand_in.wrong(right, self.seed, repr(truth), question.key)
        return _edit(question, name, wrong.model_dump(mode="json"))


def _edit(question: Question, name: str, value: dict[str, Any]) -> Answer:
    return Answer(question=question.key, action="edit", by=NAME, decision=name, value=value)


def _stands(question: Question) -> Answer:
    prefer = question.names[0] if question.kind == "conflict" else None
    return Answer(question=question.key, action="approve", by=NAME, prefer=prefer)
