"""The decision: a typed fact about a case that exactly one specialist owns."""

from pydantic import BaseModel, ConfigDict, Field


class Decision(BaseModel):
    """A typed fact about a case; subclass it with the facts that are decided.

    The name of the subclass is the name of the decision. The string under a field is what a person reads beside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    confidence: float = Field(default=1.0, ge=0, le=1)
    """How sure its maker is, 0 to 1."""

    rationale: str = ""
    """Why, in words for a person."""
