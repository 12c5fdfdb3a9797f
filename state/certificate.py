"""The certificate: what a calibration promises of a threshold, and whether it still stands."""

from bisect import bisect_right
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Standing = Literal["standing", "withdrawn", "replaced"]
"""``standing``: it holds. ``withdrawn``: cases have drifted from those that it was made of, and it promises nothing any
more. ``replaced``: a newer one of the same workflow version took its place."""

WhenDrifted = Literal["keep budget", "ask more"]
"""What happens once a certificate is withdrawn. ``keep budget``: the threshold is moved so that humans see no more than
the budget, and nothing bounds the error. ``ask more``: it never goes below the certified one, and humans see more."""

SURE = 0.05
"""How often each of the two statements of a certificate may fail, over repeated calibrations."""


class Demand(BaseModel):
    """What a calibration was asked for; at least one of the two."""

    model_config = ConfigDict(frozen=True)

    human_budget: float | None = Field(default=None, gt=0, lt=1)
    """The greatest share of cases that may ask a human, for all reasons together."""
    max_error: float | None = Field(default=None, gt=0, lt=1)
    """The greatest share of wrong ones among the cases that no human sees."""


class ErrorBound(BaseModel):
    """One kind of error among the cases that no human sees."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """In the plural, such as ``good leads declined``."""
    observed: int
    """In how many of the automated cases that it was calibrated on."""
    at_most: float | None
    """The share of automated cases that it is in at most; None where it was only counted."""


class Reference(BaseModel):
    """What confidences were like at calibration. Only cases that did not set the edges are counted."""

    model_config = ConfigDict(frozen=True)

    edges: tuple[float, ...]
    """Ascending; they cut confidences into bins."""
    counts: tuple[int, ...]
    """How many cases fell into each bin, two more than edges: first those that asked for another reason."""
    quantiles: tuple[float, ...]
    """Confidences at the shares 0, 1/200, ... 1 of the cases, with 0 for those that asked for another reason."""

    def bin(self, confidence: float | None) -> int:
        """The bin of a confidence; None of a case that asked for another reason than its confidence."""
        return 0 if confidence is None else 1 + bisect_right(self.edges, confidence)


class Certificate(BaseModel):
    """Two statements on a threshold, which hold together in at least 90 of 100 calibrations, and what they rest on."""

    model_config = ConfigDict(frozen=True)

    id: str
    workflow: str
    """The name that it is run by."""
    signature: str
    """The workflow's; it holds for no other."""
    profile: str | None = None
    issued_at: datetime
    source: str
    """The name of the labelled file, or ``outcomes``."""
    data_digest: str
    """Of the labelled cases."""
    demand: Demand
    cases: int
    """How many labelled cases it was made of."""
    automated: int
    """How many of them no human would have seen."""
    threshold: float
    """A judged decision with a confidence below it is put to a human."""
    human_at_most: float
    """The share of cases, 0 to 1, that ask a human at most, for all reasons."""
    human_observed: float
    """The share of the labelled cases that would have asked."""
    errors: tuple[ErrorBound, ...]
    """By kind; one of kind ``wrong`` where kinds are not told apart."""
    error_at_most: float | None
    """The share of automated cases, 0 to 1, that are wrong in any way at most; None where nothing can be said."""
    reference: Reference
    when_drifted: WhenDrifted = "keep budget"
    status: Standing = "standing"
    ended_at: datetime | None = None
    ended_because: str = ""
    """Why it was withdrawn, in a sentence; else empty."""

    @property
    def is_standing(self) -> bool:
        """Whether it holds."""
        return self.status == "standing"
