"""The row: what one cell of an experiment measures, each figure with its interval over the cases.

The figures that arXiv 2512.08296 (*Towards a Science of Scaling Agent Systems*) defines have its definitions and
letters. SAS is the single agent: the shape ``single`` with as many decisions, overlap and faults, on the same cases. A
ratio is one of means over cases, never a mean of ratios.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from lab.statistics.bootstrap import Estimate
from state.trial import Cell


class Row(BaseModel):
    """One cell."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    cell: Cell
    """The shape, the number of agents, the overlap and the fault rate."""
    cases: int
    """How many cases were run."""
    turns: Estimate
    """Turns T: calls of agents a case, retries and those of a deciding agent included (arXiv 2512.08296)."""
    overhead: Estimate | None
    """Overhead O = (T − T_SAS) / T_SAS (arXiv 2512.08296); 1 is twice the turns of the single agent."""
    density: Estimate | None
    """Message density c: decisions and notes of others that were handed to an agent, per turn (arXiv 2512.08296)."""
    redundancy: Estimate
    """Redundancy R: mean cosine similarity of what was said, pair by pair (arXiv 2512.08296)."""
    success: Estimate
    """Success S: the share of cases whose final decisions are all what they are without any fault."""
    decisions_right: Estimate
    """The share of all decisions that are what they are without any fault."""
    efficiency: Estimate | None
    """Efficiency E_c = S / (T / T_SAS) (arXiv 2512.08296): success by relative turns."""
    amplification: Estimate | None
    """Error amplification A_e = E / E_SAS with E = 1 − S (arXiv 2512.08296); none where the single agent never errs, or
    too rarely to divide by."""
    model_calls: Estimate
    """Calls of a model a case."""
    tokens: Estimate
    """Tokens read and written a case."""
    cost: Estimate
    """What the model calls of a case cost."""
    spent: Estimate
    """The cost of the model calls and of the human minutes a case."""
    spent_per_right: Estimate | None
    """What was spent in all, what the wrong ones cost later included, for each case that came out right; none where too
    few do."""
    questions: Estimate
    """Questions that a human answered, a case."""
    human_minutes: Estimate
    """Minutes of a human's time a case."""
    conflicts: Estimate
    """Disagreements that arose, a case."""
    overrides: Estimate
    """Decisions that somebody else than their owner, and no human, replaced, a case."""
    cascade: Estimate
    """The share of cases in which an override caused another."""
    stuck: Estimate
    """The share of cases that ended at a limit, in a deadlock or before all was decided."""
    failures: Estimate
    """Turns that broke their contract, timed out or raised, a case."""
    repeats: Estimate
    """Turns that said what already stood on the table, a case."""
    critical_path: Estimate
    """The longest sequence of turns that waited for each other."""
    idle: Estimate | None
    """The share of the seats' time in which nobody works: 1 − T / (seats × critical path), in turns. A seat is an agent
    that is there; ``supervisor`` has one more, which decides, and ``single`` has one in all."""
    wall: Estimate
    """Seconds from the first turn to the end of the last, on the clock of the simulation, without human time."""

    @property
    def seats(self) -> int:
        """How many agents are there."""
        return seats(self.cell)

    def flat(self) -> dict[str, Any]:
        """The row as plain columns: each figure, and its interval as ``…_low`` and ``…_high``; for tables and plots."""
        plain: dict[str, Any] = {**self.cell.model_dump(), "cases": self.cases}
        for name in FIGURES:
            found: Estimate | None = getattr(self, name)
            plain[name] = found and found.value
            plain[f"{name}_low"], plain[f"{name}_high"] = found and found.low, found and found.high
        return plain


FIGURES: tuple[str, ...] = tuple(name for name in Row.model_fields if name not in ("cell", "cases"))
"""The figures of a row, in its order."""


def definition(figure: str) -> str:
    """What a figure of a row is, in one sentence or two."""
    return " ".join((Row.model_fields[figure].description or "").replace("``", "").split())


def seats(cell: Cell) -> int:
    """How many agents a team has, the one that decides who is next included."""
    match cell.shape:
        case "single":
            return 1
        case "supervisor":
            return cell.agents + 1
        case "hub" | "pipeline" | "mesh":
            return cell.agents
