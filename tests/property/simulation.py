"""A run of a random workflow without a graph: the agenda, the pure functions around it, and a human by chance.

How long a run may take. Call the steps between two answers a stretch, and let ``A(d)`` be the attempts of decision
``d`` and ``cone(d)`` the decision with all that is upstream of it.

*Makings.* A making that uses none of its decision's attempts is caused by a need whose version moved (or is the first
of the stretch). When ``d`` was made before, all of its cone was current. So in between, the earliest decision of the
cone that ceased to be current did so for a note, and was made again for it, which used an attempt. Attempts come back
with answers only, so in one stretch ``d`` is made at most ``1 + sum(A(u) for u in cone(d))`` times.

*Rungs.* All rungs but the last of a ladder are taken once a run. The last one, where it is not a human's, settles the
versions at hand, so it is taken again only after a side was made again.

A human who has answered ``PATIENCE`` times rejects the case. So a run has at most ``PATIENCE + 1`` stretches.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from agents.making import Making
from graphs.agenda import Consult, Dispatch, Finish, Settle, agenda
from graphs.answers import answer_events
from graphs.turns import handoff_for, rung_events, turn_events
from graphs.workflow import Workflow
from state.case import Case
from state.progress import Event, Noted, Progress, Recorded, advance
from state.record import Record
from state.review import Answer, Question
from tests.property.workflows import VALUES, Scene, seeded

CASE = Case(id="case")
NOW = datetime(2026, 7, 1, tzinfo=UTC)

PATIENCE = 12
"""How many answers a human gives before rejecting the case."""

Shuffle = Callable[[Sequence[str]], Sequence[str]]
"""The order in which the specialists of a wave finish."""


def in_order(wave: Sequence[str]) -> Sequence[str]:
    """All finish in the order in which they were dispatched."""
    return wave


def most_makings(workflow: Workflow) -> dict[str, int]:
    """How often each decision can be made in one stretch; the module's docstring derives it."""
    attempts = {name: owner.attempts for name, owner in workflow.owner.items()}
    return {name: 1 + sum(attempts[each] for each in (name, *workflow.upstream[name])) for name in workflow.order}


def bound(workflow: Workflow) -> int:
    """The most steps a run can take; the module's docstring derives it."""
    makings = most_makings(workflow)
    lasts = sum(1 + sum(makings[side] for side in conflict.sides) for conflict in workflow.conflicts)
    stretch = sum(makings.values()) + lasts
    return (PATIENCE + 1) * (stretch + 1) + sum(len(conflict.ladder) for conflict in workflow.conflicts)


@dataclass
class Ended:
    """A run that came to its end."""

    progress: Progress
    events: list[Event] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The keys of all questions, in the order in which they were put."""
    steps: int = 0
    status: str = ""

    @property
    def outcome(self) -> tuple[Any, ...]:
        """All that must not depend on who was faster."""
        latest = {name: records[-1] for name, records in sorted(self.progress.records.items())}
        facts = [
            (name, each.value, each.version, each.outcome, each.maker, each.built_from) for name, each in latest.items()
        ]
        return (self.status, facts, self.asked, self.progress.approvals, self.progress.attempts, self.steps)


class Simulation:
    """One run of a scene."""

    def __init__(self, scene: Scene, shuffle: Shuffle = in_order) -> None:
        self.scene, self.shuffle = scene, shuffle
        self.run = Ended(Progress())
        self.made: Counter[str] = Counter()
        """The makings of this stretch, by decision."""

    def play(self, runner: asyncio.Runner) -> Ended:
        """Run to the end; an ``AssertionError`` says which property does not hold."""
        workflow, limit = self.scene.workflow, bound(self.scene.workflow)
        while True:
            self.run.steps += 1
            assert self.run.steps <= limit, f"more than {limit} steps"
            match agenda(workflow, self.run.progress, workflow.threshold):
                case Settle(conflict=conflict):
                    self._apply(runner.run(rung_events(conflict, self.run.progress, CASE, workflow, NOW)))
                case Dispatch(decisions=decisions):
                    self._wave(decisions)
                case Consult(questions=questions):
                    self._answer(questions)
                case Finish(status=status):
                    self.run.status = status
                    return self.run

    def _apply(self, events: list[Event]) -> None:
        self.run.events += events
        self.run.progress = advance(self.run.progress, events)

    def _wave(self, decisions: tuple[str, ...]) -> None:
        before = self.run.progress
        self.made.update(decisions)
        for name in decisions:
            assert self.made[name] <= most_makings(self.scene.workflow)[name], f"{name} is made too often"
            assert has_cause(self.scene.workflow, before, name), (
                f"{name} is made again, and nothing that it saw changed"
            )
        for name in self.shuffle(decisions):
            handoff = handoff_for(self.scene.workflow, name, CASE, before)
            making = Making(self.scene.result(name, handoff), ())
            self._apply(turn_events(self.scene.workflow, before, name, making, NOW))

    def _answer(self, questions: tuple[Question, ...]) -> None:
        keys = [question.key for question in questions]
        assert len(set(keys)) == len(keys), "questions are told apart by their keys"
        assert not set(keys) & {answered.answer.question for answered in self.run.progress.answers}
        self.run.asked += keys
        self.made.clear()
        given = len(self.run.progress.answers)
        answer = random_answer(seeded(self.scene.seed, given, keys), questions, given)
        workflow = self.scene.workflow
        self._apply(answer_events(workflow, self.run.progress, workflow.threshold, answer, NOW))


def random_answer(chance: Random, questions: tuple[Question, ...], given: int) -> Answer:
    """Any answer that is offered; a rejection at the end of patience."""
    question = chance.choice(questions)
    offers = [action for action in question.offers if action != "reject" or chance.random() < 0.1]
    action = chance.choice(offers) if given < PATIENCE else "reject"
    either = chance.choice(question.names)
    fields: dict[str, Any] = {}
    match action:
        case "approve" if question.kind == "conflict":
            fields = {"prefer": chance.choice((None, either))}
        case "edit":
            value = {"value": chance.randrange(VALUES), "confidence": chance.choice((0.1, 1.0))}
            fields = {"decision": either, "value": chance.choice((value, {"value": value["value"]}))}
        case "send_back":
            fields = {"decision": chance.choice((None, either)), "text": f"guidance {chance.randint(0, 2)}"}
        case "reject":
            fields = {"text": "enough"}
    return Answer(question=question.key, action=action, by=chance.choice(("ann", "ben")), **fields)


def has_cause(workflow: Workflow, progress: Progress, name: str) -> bool:
    """Whether anything that a decision's newest record has seen is another now: early cutoff, seen from outside."""
    record = progress.latest(name)
    if record is None or len(progress.notes_to(name)) != record.notes_seen:
        return True
    return any(record.built_from.get(need) != progress.version(need) for need in workflow.needs[name])


def is_stale(workflow: Workflow, progress: Progress, record: Record) -> bool:
    """Whether a record was built on anything but the newest of everything."""
    newest = {need: progress.version(need) for need in workflow.needs[record.decision]}
    return record.built_from != newest or record.notes_seen != len(progress.notes_to(record.decision))


def replaced_human_words(events: Sequence[Event]) -> list[str]:
    """The decisions in which an agent's record followed a human's without a human's guidance in between."""
    spoken: set[str] = set()
    replaced: list[str] = []
    for event in events:
        match event:
            case Recorded(record=record) if record.maker.kind == "human":
                spoken.add(record.decision)
            case Recorded(record=record) if record.decision in spoken:
                replaced.append(record.decision)
            case Noted(to=name, note=note) if note.kind == "guidance":
                spoken.discard(name)
            case _:
                pass
    return replaced


def versions_said(events: Sequence[Event]) -> dict[str, int]:
    """How often each decision said anything new: another value, or the same by another kind of maker."""
    said: dict[str, object] = {}
    versions: Counter[str] = Counter()
    for event in events:
        if isinstance(event, Recorded):
            record = event.record
            words = (record.maker.kind, record.value)
            versions[record.decision] += record.value is None or said.get(record.decision) != words
            said[record.decision] = words
    return dict(versions)
