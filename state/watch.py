"""The watch over a certificate: what has been seen since it was issued, and how strongly that speaks against it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Subject = Literal["share", "confidences", "errors"]
"""What is watched: how many cases ask a human, how their confidences are spread, how many automated ones were wrong."""


class Wealth(BaseModel):
    """What betting against one hypothesis has come to: an e-process, which began with 1."""

    model_config = ConfigDict(frozen=True)

    steps: int = 0
    """How many observations were bet on."""
    stakes: tuple[float, ...] = ()
    """What each of the strategies has, in their order; empty before the first observation."""
    total: float = 1.0
    """All of it, with what was not yet staked."""


class Watch(BaseModel):
    """All that a watch knows, as it is kept between two looks."""

    model_config = ConfigDict(frozen=True)

    cases: int = 0
    """The cases run under the certificate."""
    asked: int = 0
    """Those of them that asked a human."""
    cases_before: int = 0
    """The cases when it was withdrawn; 0 while it stands."""
    asked_before: int = 0
    """Those of them that had asked a human."""
    graded: int = 0
    """The automated cases of which it is known what really happened."""
    wrong: int = 0
    """Those of them that were wrong."""
    counts: tuple[int, ...] = ()
    """The cases in each bin of the certificate's reference, with those of the calibration; empty before the first."""
    share: Wealth = Wealth()
    confidences: Wealth = Wealth()
    errors: Wealth = Wealth()
    lever: float | None = None
    """Once it is withdrawn: the share of the calibration's cases whose confidence is under the present threshold."""


class Sighting(BaseModel):
    """One case that was run under a certificate."""

    model_config = ConfigDict(frozen=True)

    run: str
    confidence: float | None
    """The judged one; None where it asked for another reason only."""
    asked: bool
    toss: float
    """A number from 0 to 1 by a keyed digest of the case, which breaks ties between equal confidences."""
    is_repeated: bool = False
    """Whether the same case was run before under the certificate. It is counted, and not bet on."""


class Alarm(BaseModel):
    """Why a certificate is withdrawn."""

    model_config = ConfigDict(frozen=True)

    subject: Subject
    cases: int
    """After how many cases, or graded ones where it is about errors."""
    wealth: float
    reason: str
    """In a sentence."""
