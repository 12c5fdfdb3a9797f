"""The figures of a desk at which nothing has happened."""

from state.figures import Figures

_COUNTS = ("cases", "ended", "alone", "asked", "flagged", "model_calls", "tokens", "cost", "waiting")

NOTHING = Figures.model_validate(
    {**dict.fromkeys(_COUNTS, 0), "by_status": {}, "conflicts": (), "oldest": None, "days": ()}
)
"""The figures."""
