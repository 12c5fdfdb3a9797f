"""The conflict: two decisions that may disagree, and the ladder of resolvers that is climbed when they do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import Field

from agents.consensus import Consensus, Majority
from agents.specialist import Specialist
from state.decision import Decision
from state.errors import ContractBroken
from state.progress import Progress

Predicate = Callable[[Any, Any], bool]
"""Whether the two decisions disagree; pure and quick, given both values in the declared order."""


@dataclass(frozen=True, slots=True)
class Prefer:
    """Settles: the named decision stands; who builds on either side sees that."""

    decision: type[Decision]


@dataclass(frozen=True, slots=True)
class Reconsider:
    """Sends an objection to the owner of the named decision. Settles nothing by itself."""

    decision: type[Decision]
    text: str = ""
    """What the objection says; by default which decision it disagrees with."""


class Ballot(Decision):
    """What a voter decides: which side of a conflict should stand."""

    prefer: str = Field(min_length=1)
    """The name of one of the two decisions."""


@dataclass(frozen=True, slots=True)
class Vote:
    """Settles by named voters, each a specialist that decides a :class:`Ballot`. A tie settles nothing."""

    voters: tuple[Specialist, ...]
    rule: Consensus = field(default_factory=Majority)
    quorum: int = 0
    """How many must vote; 0 stands for more than half of them."""


@dataclass(frozen=True, slots=True)
class AskHuman:
    """Ends the ladder: a human settles."""

    suggest: type[Decision] | None = None
    """The side that ``approve`` takes; by default the more confident one, the first of the two where they are equal."""


Resolver = Prefer | Reconsider | Vote | AskHuman


@dataclass(frozen=True)
class Conflict:
    """A declared disagreement between two decisions. It is looked for whenever both are current."""

    name: str
    between: tuple[type[Decision], type[Decision]]
    when: Predicate
    ladder: tuple[Resolver, ...]
    """Taken in order, counted per conflict and run; the last rung is taken again as often as it is needed."""
    version: str = "1"
    """Part of the workflow's signature: change it when the predicate may answer differently."""

    @cached_property
    def sides(self) -> tuple[str, str]:
        """The names of the two decisions."""
        return self.between[0].__name__, self.between[1].__name__

    def rung(self, progress: Progress) -> int:
        """The place of the next rung on the ladder, from 0."""
        taken = sum(rung.conflict == self.name for rung in progress.rungs)
        return min(taken, len(self.ladder) - 1)

    def resolver(self, progress: Progress) -> Resolver:
        """The next rung."""
        return self.ladder[self.rung(progress)]

    def versions(self, progress: Progress) -> dict[str, int]:
        """The newest versions of both sides."""
        return {name: progress.version(name) for name in self.sides}

    def is_settled(self, progress: Progress) -> bool:
        """Whether a settlement holds for the newest versions."""
        settlements = [rung for rung in progress.rungs if rung.conflict == self.name and rung.is_settlement]
        return bool(settlements) and settlements[-1].versions == self.versions(progress)

    def disagrees(self, progress: Progress) -> bool:
        """Whether both sides have newest values that disagree and no settlement holds for them."""
        if self.is_settled(progress):
            return False
        first, second = (_value(contract, progress) for contract in self.between)
        return first is not None and second is not None and self._holds(first, second)

    def _holds(self, first: Decision, second: Decision) -> bool:
        try:
            answer: object = self.when(first, second)
        except Exception as raised:
            raise ContractBroken(f"Conflict {self.name!r}", f"its predicate raised {raised!r}") from raised
        if not isinstance(answer, bool):
            raise ContractBroken(f"Conflict {self.name!r}", f"its predicate returned {answer!r}, not True or False")
        return answer

    def suggestion(self, progress: Progress) -> str:
        """The side that a human is shown as the hub's suggestion."""
        match self.resolver(progress):
            case AskHuman(suggest=type() as side):
                return side.__name__
            case _:
                return max(self.sides, key=lambda name: _confidence(progress, name))


def _value(contract: type[Decision], progress: Progress) -> Decision | None:
    record = progress.latest(contract.__name__)
    return None if record is None or record.value is None else contract.model_validate(record.value)


def _confidence(progress: Progress, name: str) -> float:
    record = progress.latest(name)
    return (record.confidence if record else None) or 0.0
