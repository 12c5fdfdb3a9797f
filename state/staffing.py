"""The staffing: who takes which seat of a workflow, its own specialist or a chat model, and in what shape they work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from state.trial import ShapeName

RULES = "rules"
"""What a seat is given that its own specialist keeps."""

BESIDE = "rules+"
"""What stands before a model that gives a second opinion beside the rules."""

SHAPE_NAMES: tuple[ShapeName, ...] = get_args(ShapeName)

_SHAPES: dict[ShapeName, str] = {
    "hub": "as a hub",
    "pipeline": "as a pipeline",
    "supervisor": "under a supervisor",
    "mesh": "as a mesh",
    "single": "as a single agent",
}

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
    shape: ShapeName = "hub"
    """How they are coordinated; see :mod:`graphs.shape`."""

    @classmethod
    def read(cls, pinned: Mapping[str, str] | None) -> "Staffing":
        """The staffing that a run is pinned to."""
        given = dict(pinned or {})
        everybody, fail, shape = given.pop("*", RULES), given.pop("!", "ask"), given.pop("#", "hub")
        found: ShapeName = next((each for each in SHAPE_NAMES if each == shape), "hub")
        return cls(everybody, tuple(sorted(given.items())), "rules" if fail == "rules" else "ask", found)

    def pinned(self) -> dict[str, str]:
        """As plain JSON, for a run to be pinned to; empty where rules have every seat of a hub."""
        shape: dict[str, str] = {} if self.shape == "hub" else {"#": self.shape}
        if self.is_all_rules:
            return shape
        return {"*": self.everybody, **dict(self.seats), "!": self.when_models_fail, **shape}

    @property
    def is_all_rules(self) -> bool:
        """Whether every specialist keeps its seat."""
        return {self.everybody, *(given for _, given in self.seats)} == {RULES}

    @property
    def words(self) -> str:
        """Who takes which seat, what becomes of a decision when a model fails, and in what shape, in a sentence."""
        return self._seats_in_words if self.shape == "hub" else f"{self._seats_in_words}; {_SHAPES[self.shape]}"

    @property
    def _seats_in_words(self) -> str:
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
