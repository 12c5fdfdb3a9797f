"""``make bench-attention``: the budget for human attention, as one table with its targets."""

import numpy as np
from rich.console import Console

from benchmarks.attention import command, drifting, halves, policies, rivals, statements
from benchmarks.attention.population import Rehearsals, bank, sample
from benchmarks.report import Row, table
from state.errors import UnreadableSource

SEED = 2026
"""Of all that is drawn. Others were used while the methods were made."""

DRAWS = 500
"""How many calibrations, for each size and demand."""

SPLITS = 100
"""How many random halves."""

SHUFFLES = 200
"""How many runs without a shift."""


def main() -> None:
    """Print what was measured, on the bank's leads where they are there, and on leads of the sample's kind."""
    console = Console(width=150)
    try:
        rows = _on_the_bank(bank())
    except UnreadableSource as missing:
        console.print(f"The bank's leads are left out. {missing}", markup=False)
        rows = []
    made = rivals.measure("sample", sample(SEED), statements.COUNTS[0], DRAWS, np.random.default_rng(SEED))
    console.print(table("attention", [*rows, *made]))


def _on_the_bank(leads: Rehearsals) -> list[Row]:
    chance = np.random.default_rng(SEED)
    return [
        *statements.measure(leads.held_out, DRAWS, chance),
        *halves.measure(leads.whole, SPLITS, chance),
        *drifting.measure(leads.whole, SHUFFLES, SEED),
        *policies.measure(leads.whole, SEED),
        *command.measure(),
        *rivals.measure("bank", leads, statements.COUNTS[0], DRAWS, chance),
    ]


if __name__ == "__main__":
    main()
