"""The provenance: what is to be known about how a decision was made, beside what it was built from."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ConfidenceBasis = Literal["probabilities", "agreement", "stated"]
"""What a chat model's confidence rests on. ``probabilities``: those of the tokens of its answer. ``agreement``: the
share of several answers that say the same. ``stated``: what the model says of itself."""

BASIS_WORDS: Mapping[ConfidenceBasis, str] = {
    "probabilities": "by token probabilities",
    "agreement": "by how many answers agree",
    "stated": "as the model says",
}
"""What a confidence rests on, in words that follow its number."""


class Evidence(BaseModel):
    """What a tool found while a decision was made."""

    model_config = ConfigDict(frozen=True)

    tool: str
    asked: str
    """What the tool was asked, as JSON."""
    text: str
    """What it found."""
    source: str
    """Where that stands, in words a person can follow: a file and a line, a table, a URL."""


class Provenance(BaseModel):
    """How a decision was made."""

    model_config = ConfigDict(frozen=True)

    confidence_by: ConfidenceBasis | None = None
    """None where rules worked the confidence out, or a person gave it."""
    remarks: tuple[str, ...] = ()
    """What a reader should know: such as that text was cut."""
    evidence: tuple[Evidence, ...] = ()
    """In the order in which it was found."""
    fallback: str | None = None
    """Why the declared fallback took over; None where it did not."""
    conflict: str | None = None
    """The declared disagreement within a panel for which it escalates."""
    sides: dict[str, dict[str, Any]] = {}
    """What a person may let stand in place of a decision that was not made, by who decided it: plain JSON each."""

    @property
    def words(self) -> tuple[str, ...]:
        """The remarks, and that a fallback took over where it did."""
        took_over = (f"the fallback took over, since the first failed: {self.fallback}",) if self.fallback else ()
        return (*self.remarks, *took_over)

    def told(self) -> dict[str, Any] | None:
        """What there is to say, as plain JSON; None where there is nothing."""
        return self.model_dump(mode="json", exclude_defaults=True) or None
