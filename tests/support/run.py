"""A run without a graph: the agenda and the pure functions around it, one step at a time."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from agents.handoff import Handoff
from agents.making import Making, Result
from graphs.agenda import Consult, Dispatch, Plan, Settle, agenda, survey
from graphs.answers import answer_events
from graphs.turns import handoff_for, rung_events, turn_events
from graphs.workflow import Workflow
from state.case import Case
from state.note import Note
from state.progress import Event, Noted, Progress, advance
from state.record import Record
from state.review import Answer, Question, QuestionKind
from tests.support.leads import Lead

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""When everything happens."""


class Run:
    """One case of a workflow, moved on by hand."""

    def __init__(self, workflow: Workflow, case: Case | None = None) -> None:
        self.workflow = workflow
        self.case = case or Lead(id="lead-1")
        self.progress = Progress()

    @property
    def plan(self) -> Plan:
        """What the agenda says now."""
        return agenda(self.workflow, self.progress, self.workflow.threshold)

    @property
    def dispatched(self) -> tuple[str, ...]:
        """What is made next; nothing where the agenda says something else."""
        return plan.decisions if isinstance(plan := self.plan, Dispatch) else ()

    @property
    def consulted(self) -> tuple[Question, ...]:
        """What a human is asked next; nothing where the agenda says something else."""
        return plan.questions if isinstance(plan := self.plan, Consult) else ()

    @property
    def open(self) -> tuple[Question, ...]:
        """The questions that could be answered now, whether or not their turn has come."""
        return survey(self.workflow, self.progress, self.workflow.threshold).questions

    def question(self, kind: QuestionKind) -> Question:
        """The one open question of that kind."""
        [found] = [question for question in self.open if question.kind == kind]
        return found

    def record(self, name: str) -> Record:
        """The newest record of a decision."""
        record = self.progress.latest(name)
        assert record is not None
        return record

    def handoff(self, name: str) -> Handoff[Case]:
        """What the owner of a decision is handed now."""
        return handoff_for(self.workflow, name, self.case, self.progress)

    def apply(self, *events: Event) -> "Run":
        """Apply events as they are."""
        self.progress = advance(self.progress, events)
        return self

    def make(self, **results: Result) -> "Run":
        """Let the owners of these decisions report, all on the same state, as a parallel wave does."""
        before = self.progress
        for name, result in results.items():
            self.apply(*turn_events(self.workflow, before, name, Making(result, ()), NOW))
        return self

    def note(self, to: str, text: str = "look again", kind: Any = "request", author: str = "somebody") -> "Run":
        """Write a note to the owner of a decision."""
        return self.apply(Noted(to=to, note=Note(kind=kind, author=author, text=text, at=NOW)))

    def settle(self) -> "Run":
        """Take the rung that the agenda says is next."""
        plan = self.plan
        assert isinstance(plan, Settle)
        return self.apply(*asyncio.run(rung_events(plan.conflict, self.progress, self.case, self.workflow, NOW)))

    def answer(self, question: Question | str, action: Any, by: str = "ann", **fields: Any) -> "Run":
        """Answer a question."""
        key = question if isinstance(question, str) else question.key
        answer = Answer(question=key, action=action, by=by, **fields)
        return self.apply(*answer_events(self.workflow, self.progress, self.workflow.threshold, answer, NOW))
