"""The measure: one run, held against the truth of its case, as a trial.

*Redundancy* is the mean cosine similarity of what was said, over all pairs of statements. A statement is a bag of
tokens (decision, field, value), each once; a view of another's decision is the token that its owner would say, so two
who say the same of the same thing are alike. With a unit vector u for each of T statements,

    R = 2 / (T (T − 1)) · Σ_{s<t} u_s · u_t = (‖Σ_t u_t‖² − T) / (T (T − 1)),

which takes one pass instead of T²/2 products. arXiv 2512.08296 takes the cosine of embeddings of the text; without a
text there is none, so R here is 0 for statements about different things, where theirs is not. Confidence, rationale and
what a supervisor chooses are not counted.

*The critical path* is the size of the largest set of turns of which no two were under way at the same time. Taking
always the turn that ends first, of those that begin after the last one taken, finds it.
"""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.supervisor import NextStep
from graphs.workflow import Workflow
from lab.simulation.log import Log, Turn
from lab.simulation.opinion import Opinion
from lab.simulation.substance import substance
from lab.simulation.truth import Truth, is_right
from state.decision import Decision
from state.execution import Execution
from state.progress import Progress
from state.record import Record
from state.trial import Cell, Ending, Trial

Token = tuple[str, str, str]
"""A decision, a field and its value."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went."""

    workflow: Workflow
    progress: Progress
    log: Log
    ended: Ending

    @property
    def executions(self) -> tuple[Execution, ...]:
        """All calls; where the run was cut off, also those of the step that its state does not have."""
        kept = self.progress.executions
        if self.ended not in ("limit", "deadlock"):
            return kept
        known = frozenset(kept)
        return (*kept, *(each for turn in self.log.turns for each in turn.executions if each not in known))


def measured(cell: Cell, case: int, run: Run, truth: Truth, minutes: float) -> Trial:
    """The trial that a run is, given the minutes that a human takes for an answer. Pure."""
    workflow, progress, turns = run.workflow, run.progress, run.log.turns
    executions = run.executions
    right = [is_right(workflow, progress, truth, name) for name in workflow.order]
    replaced = overrides(workflow, progress)
    return Trial(
        cell=cell,
        case=case,
        ended=run.ended,
        right=all(right),
        share_right=sum(right) / len(right),
        turns=len(executions),
        model_calls=sum(each.model is not None for each in executions),
        tokens_in=sum(each.tokens_in for each in executions),
        tokens_out=sum(each.tokens_out for each in executions),
        cost=round(math.fsum(each.cost for each in executions), 12),
        messages=sum(_messages(turn, cell) for turn in turns),
        redundancy=redundancy(turns),
        repeats=sum(turn.repeats for turn in turns),
        questions=len(progress.answers),
        human_minutes=minutes * len(progress.answers),
        conflicts=disagreements(progress),
        overrides=len(replaced),
        cascades=cascades(workflow, replaced),
        failures=sum(each.outcome in ("breach", "timeout", "error") for each in executions),
        critical_path=critical_path(executions),
        wall=_wall(executions),
    )


def _messages(turn: Turn, cell: Cell) -> int:
    """What others said to an agent in a turn; a single agent is handed its own decisions only."""
    handed = turn.notes if cell.shape == "single" else turn.notes + turn.decisions
    return len(turn.executions) * handed


def redundancy(turns: Iterable[Turn]) -> float:
    """R over all that was said, 0 to 1; 0 for less than two statements. Pure, and of no order."""
    statements = Counter[frozenset[Token]]()
    for turn in turns:
        if turn.said is not None and not isinstance(turn.said, NextStep):
            statements[frozenset(_tokens(turn.said))] += turn.times
    total = statements.total()
    if total < 2:
        return 0.0
    parts: dict[Token, list[float]] = defaultdict(list)
    for statement, times in statements.items():
        for token in statement:
            parts[token].append(times / math.sqrt(len(statement)))
    square = math.fsum(math.fsum(each) ** 2 for each in parts.values())
    said = sum(times for statement, times in statements.items() if statement)
    return min(max(round((square - said) / (total * (total - 1)), 12), 0.0), 1.0)


def _tokens(said: Decision) -> Iterator[Token]:
    contract = type(said)
    for name, value in substance(contract, said.model_dump(mode="json")).items():
        yield contract.__name__, name, json.dumps(value, sort_keys=True)
    if isinstance(said, Opinion):
        for other, view in said.views.items():
            yield other, "value", json.dumps(view)


def disagreements(progress: Progress) -> int:
    """How many disagreements arose: each conflict at each pair of versions at which a rung or a human took it up."""
    found = {(rung.conflict, tuple(sorted(rung.versions.items()))) for rung in progress.rungs}
    stems = (answered.stem for answered in progress.answers if answered.stem.startswith("conflict:"))
    return len(found | {_spoken(stem) for stem in stems})


def _spoken(stem: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The conflict and the versions that the key of a question about one speaks of."""
    conflict, _, spoken = stem.removeprefix("conflict:").rpartition(":")
    pairs = (each.rpartition("@") for each in spoken.split(","))
    return conflict, tuple(sorted((name, int(version)) for name, _, version in pairs))


def overrides(workflow: Workflow, progress: Progress) -> list[Record]:
    """The records of agents who do not own the decision, in the order in which they were made. Pure."""
    made = (progress.records[entry.name][entry.number - 1] for entry in progress.journal if entry.event == "recorded")
    return [
        record
        for record in made
        if record.maker.kind == "agent" and record.maker.name != workflow.owner[record.decision].name
    ]


def cascades(workflow: Workflow, replaced: Sequence[Record]) -> int:
    """How many overrides an earlier one caused. Pure.

    An override is caused by one of an earlier round: of the same decision by another agent, or of something that the
    decision is built on.
    """
    return sum(
        any(_caused(workflow, earlier, record) for earlier in replaced[:place]) for place, record in enumerate(replaced)
    )


def _caused(workflow: Workflow, earlier: Record, later: Record) -> bool:
    if earlier.made_at >= later.made_at:
        return False
    if earlier.decision == later.decision:
        return earlier.maker.name != later.maker.name
    return earlier.decision in workflow.upstream[later.decision]


def critical_path(executions: Iterable[Execution]) -> int:
    """The longest sequence of turns that did not overlap in time. Pure."""
    count, last = 0, None
    for execution in sorted(executions, key=lambda each: (each.ended_at, each.started_at)):
        if last is None or execution.started_at >= last:
            count, last = count + 1, execution.ended_at
    return count


def _wall(executions: Sequence[Execution]) -> float:
    if not executions:
        return 0.0
    began = min(each.started_at for each in executions)
    return (max(each.ended_at for each in executions) - began).total_seconds()
