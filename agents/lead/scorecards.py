"""The scorecards: all that ``roundhouse fit`` learned for one profile, in one readable file that a run needs."""

import hashlib
import json
import tomllib
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.lead.profile import LeadProfile
from agents.lead.scorecard import Scorecard
from agents.lead.stakes import Stakes, log_odds, probability_of
from agents.lead.toml_text import toml_text
from agents.profile_file import problems_of
from state.errors import InvalidProfile


class Fusion(BaseModel):
    """How the two scores become one: a logistic regression on their log-odds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    intercept: float
    analyst: float
    """The weight of the analyst's log-odds."""
    researcher: float
    """The weight of the researcher's log-odds."""

    def probability(self, analyst: float, researcher: float) -> float:
        """The fused probability, 0 to 1, of the two probabilities."""
        return probability_of(
            self.intercept + self.analyst * log_odds(analyst) + self.researcher * log_odds(researcher)
        )


class FlagRule(BaseModel):
    """When the researcher flags a score instead of confirming it.

    The *agreement* of two probabilities is how far, in log-odds, the nearer of them is from break-even when both are
    on the same side of it, and minus the distance of the nearer one when they are on different sides. A score whose
    agreement is below the margin is flagged: with a margin above 0, confirming takes more than being on the same side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    margin: float
    """Log-odds."""
    discount: float = Field(default=0.1, ge=0, lt=1)
    """The share of the confidence that a flag takes away."""

    def flags(self, analyst: float, researcher: float, break_even: float) -> bool:
        """Whether the two probabilities agree too little."""
        return agreement(analyst, researcher, break_even) < self.margin

    def confidence(self, unflagged: float, flagged: bool) -> float:
        """A confidence, 0 to 1, after the discount where the score was flagged."""
        return unflagged * (1 - self.discount) if flagged else unflagged


def agreement(analyst: float, researcher: float, break_even: float) -> float:
    """How clearly two probabilities put a lead in the same lane, in log-odds; below 0 where they do not."""
    middle = log_odds(break_even)
    low, high = sorted((log_odds(analyst) - middle, log_odds(researcher) - middle))
    return max(low, -high)


class Figures(BaseModel):
    """How good probabilities were on leads that were held out from fitting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc: float
    """How often a converter is ranked above a lead that did not convert, 0 to 1; 0.5 by chance."""
    brier: float
    """The mean squared error of the probabilities, 0 to 1."""
    calibration_error: float
    """The mean distance of probability and observed share over ten equal groups of leads, 0 to 1."""


class HeldOut(BaseModel):
    """What was measured on the held-out half, which was used for nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leads: int
    converted_share: float
    flagged_share: float
    human_share: float
    """The share of leads put to a human for any reason: low confidence, or a conflict that only a human settles."""
    analyst: Figures
    researcher: Figures
    fused: Figures


class Scorecards(BaseModel):
    """What the five specialists need besides the profile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str
    """The name of the profile it was fitted for."""
    fitted: date
    seed: int
    """Of the random split in halves."""
    fitted_on: int
    """How many leads the coefficients were fitted on."""
    terms: str = ""
    """Licence and citation of the leads, where their profile states them."""
    threshold: float = Field(ge=0, le=1)
    """A qualification with a confidence below it is put to a human; set on the fitted half."""
    stakes: Stakes
    """Those of the profile when it was fitted: the threshold and the margin hold for them only."""
    fusion: Fusion
    flag: FlagRule
    held_out: HeldOut
    analyst: Scorecard
    researcher: Scorecard

    def digest(self) -> str:
        """Sixteen hexadecimal digits that change when anything in it does."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write the file. Raises ``InvalidProfile`` where that cannot be done."""
        try:
            path.write_text(f"# Written by 'roundhouse fit'.\n{toml_text(self.model_dump())}", encoding="utf-8")
        except OSError as error:
            raise InvalidProfile(
                f"Scorecards {str(path)!r} cannot be written ({error.strerror}). Choose another file with --out."
            ) from error


def load_scorecards(profile: LeadProfile, path: Path | None = None) -> Scorecards:
    """Read a profile's scorecards, from beside the profile where no path is given.

    Raises ``InvalidProfile`` where there are none, where they cannot be read, and where they do not fit the profile.
    """
    path = path or profile.scorecards_path
    again = f"Run: roundhouse fit {profile.path} LABELLED"
    try:
        cards = Scorecards.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InvalidProfile(f"Scorecards {str(path)!r} cannot be read ({error.strerror}). {again}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidProfile(f"Scorecards {str(path)!r} are not TOML: {error}. {again}") from error
    except ValidationError as invalid:
        raise InvalidProfile(f"Scorecards {str(path)!r}: {problems_of(invalid)}. {again}") from invalid
    difference = _difference(profile, cards)
    if difference:
        raise InvalidProfile(f"Scorecards {str(path)!r} do not fit the profile {profile.name!r}: {difference}. {again}")
    return cards


def _difference(profile: LeadProfile, cards: Scorecards) -> str:
    if cards.stakes != profile.stakes:
        fitted, now = cards.stakes, profile.stakes
        return (
            f"they were fitted for a value of {fitted.value:g} and a cost of {fitted.cost:g} {fitted.currency}, "
            f"and it has {now.value:g} and {now.cost:g} {now.currency}"
        )
    for owner, card, columns in (
        ("analyst", cards.analyst, profile.scored("client")),
        ("researcher", cards.researcher, profile.scored("context")),
    ):
        odd = sorted(set(card.columns).symmetric_difference(columns))
        if odd:
            return f"the {owner}'s columns differ in {', '.join(odd)}"
        for name, column in columns.items():
            if (card.columns[name].kind == "levels") != (column.type == "category"):
                return f"the {owner}'s column {name} has another type"
    return ""
