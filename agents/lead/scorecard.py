"""The scorecard: a logistic regression whose every term can be read.

The log-odds of a lead are the intercept plus one weight for each column: the weight of the bin that its number falls
in, or of its word. Missing is a level of its own; a word that was never seen weighs nothing. Weights are centred on
the leads they were fitted on, so the intercept is where an average lead stands and a weight is what its column adds.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.lead.column import Column
from agents.lead.stakes import probability_of
from state.case import Case

WORTH_NAMING = 0.05
"""The log-odds that a column must have added, up or down, to be named in a rationale."""


class Bins(BaseModel):
    """The weights of a column of numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["bins"] = "bins"
    cuts: tuple[float, ...]
    """Ascending; a number equal to a cut belongs to the bin above it."""
    weights: tuple[float, ...]
    """Log-odds for each bin from below; one more than there are cuts."""
    missing: float = 0.0
    """Log-odds where the value is missing."""

    @model_validator(mode="after")
    def _fitting(self) -> "Bins":
        if len(self.weights) != len(self.cuts) + 1 or list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError("cuts must ascend, and weights must be one more than cuts")
        return self

    def weight(self, value: str | float | None) -> float:
        """What the value adds to the log-odds."""
        return self.missing if value is None else self.weights[bisect_right(self.cuts, float(value))]


class Levels(BaseModel):
    """The weights of a column of words."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["levels"] = "levels"
    weights: Mapping[str, float]
    """Log-odds by word."""
    missing: float = 0.0
    """Log-odds where the value is missing."""

    def weight(self, value: str | float | None) -> float:
        """What the value adds to the log-odds; nothing for a word that was never seen."""
        return self.missing if value is None else self.weights.get(str(value), 0.0)


Term = Annotated[Bins | Levels, Field(discriminator="kind")]


class Factor(BaseModel):
    """What one column did to a score."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    said: str
    """The value in words."""
    log_odds: float
    """What it added, natural log-odds; below 0 it lowered the score."""


@dataclass(frozen=True, slots=True)
class Score:
    """A lead's score on one scorecard."""

    probability: float
    """0 to 1."""
    factors: tuple[Factor, ...]
    """The columns that moved the score most, strongest first."""

    def reasons(self) -> str:
        """The factors in words: ``contacted by cellular (+0.4) raises it; aged 41 (−0.2) lowers it``."""
        raising = [factor for factor in self.factors if factor.log_odds > 0]
        lowering = [factor for factor in self.factors if factor.log_odds < 0]
        return "; ".join(_clause(side, verb) for side, verb in ((raising, "raise"), (lowering, "lower")) if side)


class Scorecard(BaseModel):
    """The intercept and the terms."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    intercept: float
    """The log-odds of an average lead."""
    columns: Mapping[str, Term] = {}

    def log_odds(self, lead: Case) -> float:
        """The natural log-odds that the lead converts."""
        values = vars(lead)
        return self.intercept + sum(term.weight(values[name]) for name, term in self.columns.items())

    def scorer(self, columns: Mapping[str, Column], named: int = 4) -> Callable[[Case], Score]:
        """A function that scores leads and names the ``named`` strongest columns, in the words of ``columns``."""
        terms = [(name, term.weight, columns[name].said) for name, term in self.columns.items()]

        def score(lead: Case) -> Score:
            values = vars(lead)
            moves = [(weight(values[name]), name, said) for name, weight, said in terms]
            strongest = sorted(moves, key=lambda move: abs(move[0]), reverse=True)[:named]
            factors = tuple(
                Factor(column=name, said=said(values[name]), log_odds=round(move, 4))
                for move, name, said in strongest
                if abs(move) >= WORTH_NAMING
            )
            return Score(probability_of(self.intercept + sum(move for move, _, _ in moves)), factors)

        return score


def signed(value: float, decimals: int) -> str:
    """The number with its sign, as a person writes it: +0.4, −0.2."""
    return f"{'−' if value < 0 else '+'}{abs(value):.{decimals}f}"


def _clause(factors: list[Factor], verb: str) -> str:
    named = [f"{factor.said} ({signed(factor.log_odds, 1)})" for factor in factors]
    words = ", ".join(named[:-1]) + " and " + named[-1] if len(named) > 1 else named[0]
    return f"{words} {verb}{'s' if len(named) == 1 else ''} it"
