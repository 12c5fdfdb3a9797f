"""Trials made by hand, for the tests of the lab's statistics."""

from typing import Any

from state.trial import Cell, ShapeName, Trial


def cell(shape: ShapeName = "hub", agents: int = 2, overlap: float = 0.0, fault_rate: float = 0.0) -> Cell:
    return Cell(shape=shape, agents=agents, overlap=overlap, fault_rate=fault_rate)


def trial(where: Cell, case: int = 0, **measured: Any) -> Trial:
    """A trial in which all went well, but for what is given."""
    plain: dict[str, Any] = {
        "ended": "completed",
        "right": True,
        "share_right": 1.0,
        "turns": where.agents,
        "model_calls": where.agents,
        "tokens_in": 100,
        "tokens_out": 50,
        "cost": 0.1,
        "messages": where.agents - 1,
        "redundancy": 0.1,
        "repeats": 0,
        "questions": 0,
        "human_minutes": 0.0,
        "conflicts": 0,
        "overrides": 0,
        "cascades": 0,
        "failures": 0,
        "critical_path": where.agents,
        "wall": 1.0,
    }
    return Trial(cell=where, case=case, **(plain | measured))
