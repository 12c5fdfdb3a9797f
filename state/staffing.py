"""The staffing: who takes which seat of a workflow, its own specialist or a chat model."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

RULES = "rules"
"""What a seat is given that its own specialist keeps."""

BESIDE = "rules+"
"""What stands before a model that gives a second opinion beside the rules."""

WhenModelsFail = Literal["ask", "rules"]
"""``ask``: a human is asked. ``rules``: the seat's own specialist takes over, and the record says so."""


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who takes the seats. A seat is given ``rules``, a model, or ``rules+MODEL`` for a second opinion."""

    everybody: str = RULES
    """For every seat that is not named."""
    seats: tuple[tuple[str, str], ...] = ()
    """By the name of the specialist."""
    when_models_fail: WhenModelsFail = "ask"

    @classmethod
    def read(cls, pinned: Mapping[str, str] | None) -> "Staffing":
        """The staffing that a run is pinned to."""
        given = dict(pinned or {})
        everybody, fail = given.pop("*", RULES), given.pop("!", "ask")
        return cls(everybody, tuple(sorted(given.items())), "rules" if fail == "rules" else "ask")

    def pinned(self) -> dict[str, str]:
        """As plain JSON, for a run to be pinned to; empty where rules have every seat."""
        if self.is_all_rules:
            return {}
        return {"*": self.everybody, **dict(self.seats), "!": self.when_models_fail}

    @property
    def is_all_rules(self) -> bool:
        """Whether every specialist keeps its seat."""
        return {self.everybody, *(given for _, given in self.seats)} == {RULES}

    @property
    def words(self) -> str:
        """Who takes which seat, and what becomes of a decision when a model fails, in a sentence."""
        named = [f"{seat}: {_in_words(given)}" for seat, given in self.seats]
        others = f"{'all others' if named else 'all seats'}: {_in_words(self.everybody)}"
        if self.is_all_rules:
            return others
        fail = "the rules take over" if self.when_models_fail == "rules" else "a human is asked"
        return f"{', '.join([*named, others])}; where a model fails, {fail}"

    def given(self, seat: str) -> str:
        """What a seat is given."""
        return dict(self.seats).get(seat, self.everybody)

    def over(self, everybody: str | None, seats: Mapping[str, str]) -> "Staffing":
        """This staffing with others on top: who is given for everybody displaces all seats named before."""
        before = {} if everybody is not None else dict(self.seats)
        together = tuple(sorted((before | dict(seats)).items()))
        return replace(self, everybody=everybody or self.everybody, seats=together)


def _in_words(given: str) -> str:
    return f"rules and {given.removeprefix(BESIDE)} beside them" if given.startswith(BESIDE) else given
