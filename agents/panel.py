"""The panel: several specialists who speak on the same decision, with a declared rule, and are one owner together."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.consensus import Consensus, Majority, default_quorum, support
from agents.handoff import Ask, Escalate, Handoff
from agents.making import Failed, Making, Result, kept
from agents.position import Position, whole_content
from agents.specialist import Specialist
from state.decision import Decision
from state.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Panel:
    """Several specialists who own one decision together.

    A member that fails or escalates abstains. Below the quorum, and where the rule finds no winner, the panel
    escalates; a member's ``Ask`` is the panel's. The panel's decision is that of its most confident member on the
    winning side, with that side's mean confidence times its share of the weight cast as confidence.
    """

    name: str
    members: tuple[Specialist, ...]
    rule: Consensus = field(default_factory=Majority)
    quorum: int = 0
    """How many members must vote; 0 stands for more than half of them."""
    position: Position = whole_content
    version: str = "1"
    attempts: int = 4
    disagreement: str | None = None
    """The name of the conflict that it is counted as when the members do not agree; None where it is not counted."""

    def __post_init__(self) -> None:
        names = [member.name for member in self.members]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"Panel {self.name!r}: members need to be at least one, with different names: {names!r}.")
        if len({member.decides for member in self.members}) > 1:
            raise ValueError(f"Panel {self.name!r}: all members must decide the same decision.")
        if not 0 <= self.quorum <= len(names):
            raise ValueError(f"Panel {self.name!r}: quorum={self.quorum!r} must be 0 to {len(names)}.")

    @property
    def decides(self) -> type[Decision]:
        """The decision of every member."""
        return self.members[0].decides

    @property
    def needs(self) -> tuple[type[Decision], ...]:
        """The needs of all members."""
        return tuple(dict.fromkeys(need for member in self.members for need in member.needs))

    async def turn(self, handoff: Handoff[Any], ready_at: datetime) -> Making:
        """Let all members decide at the same time, and find the consensus."""
        turns = await asyncio.gather(*(member.turn(handoff.share(member.needs), ready_at) for member in self.members))
        results = {member.name: turn.result for member, turn in zip(self.members, turns, strict=True)}
        executions = tuple(done for turn in turns for done in turn.executions)
        abstained = [f"{name} abstained: {each.reason}" for name, each in results.items() if isinstance(each, Failed)]
        return Making(self._consensus(results), executions, _together(turns, abstained))

    def _consensus(self, results: dict[str, Result]) -> Result:
        requests = [request for result in results.values() if isinstance(result, Ask) for request in result.requests]
        if requests:
            return Ask(*requests)
        decided = {name: result for name, result in results.items() if isinstance(result, Decision)}
        quorum = self.quorum or default_quorum(len(self.members))
        outage = next((each for each in results.values() if isinstance(each, Failed) and each.is_outage), None)
        if len(decided) < quorum and outage is not None:
            return outage
        if len(decided) < quorum:
            voted = f"{len(decided)} of {len(results)} members voted, the quorum is {quorum}"
            return Escalate(f"{voted}. {_positions(results)}")
        try:
            votes = {name: self.position(decision) for name, decision in decided.items()}
            winner = self.rule.winner(votes)
        except Exception as raised:
            return Failed(f"the position or the rule of {self.name} raised {raised!r}")
        if winner is None:
            return Escalate(f"the members do not agree. {_positions(results)}", self.disagreement, decided)
        side = [(name, decision) for name, decision in decided.items() if votes[name] == winner]
        try:
            return self._merged(side, support(votes, winner, self.rule))
        except ValueError as broken:
            return Failed(f"what {self.name} agreed on breaks its contract: {broken}")

    def _merged(self, side: list[tuple[str, Decision]], share: float) -> Decision:
        best = max((decision for _, decision in side), key=lambda decision: decision.confidence)
        weights = [self.rule.weight(name) for name, _ in side]
        mean = sum(w * decision.confidence for w, (_, decision) in zip(weights, side, strict=True)) / sum(weights)
        names = ", ".join(name for name, _ in side)
        rationale = f"{names} agree ({share:.0%} of the votes cast). {best.rationale}".rstrip()
        merged = {"confidence": min(1.0, mean * share), "rationale": rationale}
        return kept(self.decides, {**best.model_dump(mode="json"), **merged})


def _together(turns: Sequence[Making], abstained: Sequence[str]) -> Provenance:
    """How all members came to their decisions. The confidence is the panel's, worked out by rule."""
    return Provenance(
        remarks=(*abstained, *(remark for turn in turns for remark in turn.provenance.remarks)),
        evidence=tuple(found for turn in turns for found in turn.provenance.evidence),
    )


def _positions(results: Mapping[str, Result]) -> str:
    """What each member decided, or why it did not, for the person who will."""
    return "; ".join(f"{name}: {_position(result)}" for name, result in results.items())


def _position(result: Result) -> str:
    match result:
        case Decision():
            own = result.model_dump(mode="json", exclude={"confidence", "rationale"})
            facts = [f"{name} {_fact(value)}" for name, value in own.items() if not isinstance(value, list | dict)]
            return ", ".join(facts)[:200] or "its decision"
        case Escalate() | Failed():
            return result.reason
        case _:
            return "it asks"


def _fact(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
