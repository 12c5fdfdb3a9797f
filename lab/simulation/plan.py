"""The plan of a simulated team: who builds on whom, who has a view of whose decision, and what is right.

The team decides n numbers, each by one specialist, in levels of w: decision i is in level ⌊i/w⌋ and is built on up to
two decisions of the level before. With facts f of the case, and d_j what it is built on,

    d_i = (f_i + Σ_j g_ij · d_j) mod K,    g_ij coprime to K,

so an error in one of its needs always makes a decision wrong; two errors cancel each other in one of K cases. Every
decision of a level but the last is needed by two of the next. The work of a case thus grows with n and nothing else
does: what grows faster than n is coordination.

*Overlap* ω: the owner B of the share ω of the handoffs A → B also has a view of its own of A. It is handed what A is
built on, works A out for itself, and where that is not what A says there is a conflict. At ω = 0 the domains are
disjoint; at ω = 1 everybody can check whatever they are handed. A larger ω has the handoffs of a smaller one and more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lab.simulation.chance import among, drawn

VALUES = 10
"""K: a decision is a number from 0 to under this."""

COPRIME = (1, 3, 7, 9)
"""The weights: what has no factor in common with K."""


@dataclass(frozen=True)
class Plan:
    """A simulated team of a size. Two plans of the same parameters are equal, and so are their teams."""

    agents: int
    """At least 1."""
    width: int = 3
    """How many decisions a level has, at least 1."""
    overlap: float = 0.0
    """The share of the handoffs whose receiver has a view of its own of what it is handed, 0 to 1."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.agents < 1 or self.width < 1 or not 0 <= self.overlap <= 1:
            asked = f"agents={self.agents!r}, width={self.width!r}, overlap={self.overlap!r}"
            raise ValueError(f"Plan({asked}): agents and width must be at least 1, the overlap from 0 to 1.")

    @cached_property
    def uses(self) -> tuple[tuple[int, ...], ...]:
        """What each decision is built on: places, up to two each."""
        return tuple(self._uses(place) for place in range(self.agents))

    @cached_property
    def weights(self) -> tuple[tuple[int, ...], ...]:
        """The weight of each use, beside :attr:`uses`."""
        return tuple(
            tuple(COPRIME[among(len(COPRIME), self.seed, "weight", place, use)] for use in used)
            for place, used in enumerate(self.uses)
        )

    @cached_property
    def covers(self) -> tuple[tuple[int, ...], ...]:
        """Whose decisions the owner of each decision has a view of its own of: places among its uses."""
        handoffs = [(use, place) for place, used in enumerate(self.uses) for use in used]
        handoffs.sort(key=lambda handoff: drawn(self.seed, "overlap", *handoff))
        covered = set(handoffs[: round(self.overlap * len(handoffs))])
        return tuple(tuple(use for use in used if (use, place) in covered) for place, used in enumerate(self.uses))

    @cached_property
    def needs(self) -> tuple[tuple[int, ...], ...]:
        """What the owner of each decision is handed: its uses, and what those are built on that it covers."""
        return tuple(
            tuple(dict.fromkeys((*used, *(each for cover in self.covers[place] for each in self.uses[cover]))))
            for place, used in enumerate(self.uses)
        )

    def facts(self, case: int) -> tuple[int, ...]:
        """The facts of the case at a place, one for each decision. Those of a larger team begin with them."""
        return tuple(among(VALUES, self.seed, "fact", case, place) for place in range(self.agents))

    def value(self, place: int, facts: tuple[int, ...], given: Mapping[int, int]) -> int:
        """What a decision is on what it is given; what it uses and is not given counts as 0. Pure."""
        used = zip(self.uses[place], self.weights[place], strict=True)
        return (facts[place] + sum(weight * given.get(use, 0) for use, weight in used)) % VALUES

    def truth(self, facts: tuple[int, ...]) -> tuple[int, ...]:
        """What a team without any fault decides, by place. Pure."""
        right: dict[int, int] = {}
        for place in range(self.agents):
            right[place] = self.value(place, facts, right)
        return tuple(right.values())

    def _uses(self, place: int) -> tuple[int, ...]:
        level, column = divmod(place, self.width)
        if level == 0:
            return ()
        before = (level - 1) * self.width
        return tuple(dict.fromkeys((before + column, before + (column + 1) % self.width)))
