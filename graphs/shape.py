"""The shape of a workflow: how its specialists are coordinated. The hub is one of five, and the others are what it is
measured against; each is a LangGraph graph of the same specialists, see :func:`graphs.shaped.graph_of`.

======================  ==================  ============================  =====================================
shape                   who goes next       what a specialist is handed   who settles a disagreement
======================  ==================  ============================  =====================================
:class:`Hub`            the agenda          what it declared              the declared ladder
:class:`Pipeline`       the order of needs  what it declared              the ladder, without a look back
:class:`Single`         the order of needs  all that was decided          nobody: one agent agrees with itself
:class:`Supervisor`     a deciding agent    all that was decided          the declared ladder
:class:`Mesh`           everybody           all that was decided          whoever is surer, until a quorum agrees
======================  ==================  ============================  =====================================
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from agents.specialist import Specialist
from state.decision import Decision
from state.trial import ShapeName

Sight = Literal["needs", "everything"]
"""What a specialist is handed besides the case and its notes: the decisions it declared, or all there are."""

Override = Callable[[Any, Any], Decision]
"""What the second side of a conflict would put in place of the first, given both."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Whoever is ready goes, in parallel; what moves is made again, and nothing else."""

    name: ClassVar[ShapeName] = "hub"
    sight: ClassVar[Sight] = "needs"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A strict sequence: one after the other, each handoff validated, and nobody goes back but for a human."""

    name: ClassVar[ShapeName] = "pipeline"
    sight: ClassVar[Sight] = "needs"


@dataclass(frozen=True, slots=True)
class Single:
    """One agent makes all decisions, one after the other, and has all of them before it."""

    name: ClassVar[ShapeName] = "single"
    sight: ClassVar[Sight] = "everything"


@dataclass(frozen=True, slots=True)
class Supervisor:
    """A deciding agent is asked before every step which one it is to be, and once more to be done."""

    chooser: Specialist | None = None
    """Decides :class:`agents.supervisor.NextStep`; by default a rule that takes the first step that can be taken."""

    name: ClassVar[ShapeName] = "supervisor"
    sight: ClassVar[Sight] = "everything"


@dataclass(frozen=True, slots=True)
class Mesh:
    """Everybody sees everything and speaks in every round, may object and override, until enough agree."""

    quorum: float = 2 / 3
    """The share of those who spoke that has to agree with the table, over 0 to 1."""
    rounds: int | None = None
    """How many rounds there are at the most; by default eight more than the longest chain of needs."""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    """What the second side puts in place of the first where it is surer, by the conflict's name; others object only."""

    name: ClassVar[ShapeName] = "mesh"
    sight: ClassVar[Sight] = "everything"

    def __post_init__(self) -> None:
        if not 0 < self.quorum <= 1:
            raise ValueError(f"Mesh(quorum={self.quorum!r}): must be over 0 and at most 1.")
        if self.rounds is not None and self.rounds < 1:
            raise ValueError(f"Mesh(rounds={self.rounds!r}): at least one round is needed.")


Shape = Hub | Pipeline | Single | Supervisor | Mesh

HUB = Hub()
"""The shape of a workflow that says nothing else."""
