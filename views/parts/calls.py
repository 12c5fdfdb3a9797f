"""Calls of specialists, of chat models and of tools, as a table."""

from collections.abc import Sequence

from state.duration import lasting
from state.execution import Execution
from state.spent import Cell, model_columns
from views.parts.panel import table


def calls_table(calls: Sequence[Execution]) -> str:
    """A row for each call; what models took only where there are any."""
    columns: dict[str, Cell] = {
        "who": lambda call: call.specialist,
        "for": lambda call: call.decision,
        "outcome": outcome,
        "worked": lambda call: lasting((call.ended_at - call.started_at).total_seconds()),
    }
    columns |= model_columns(calls)
    return table(columns, [[cell(call) for cell in columns.values()] for call in calls])


def outcome(call: Execution) -> str:
    """What came of a call, by which tool, and why where it failed."""
    tool = f"{call.tool}: " if call.tool else ""
    error = f": {call.error}" if call.error else ""
    return f"{tool}{call.outcome}{error}"
