"""The rule: a side of a conflict that people let stand so often that one of them had it stand from then on."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from state.review import Voice


@dataclass(frozen=True, slots=True)
class Said:
    """One past answer to a conflict."""

    conflict: str
    sides: frozenset[str]
    """The names of the two decisions that it was between."""
    stood: str | None
    """The side that the answer let stand; None where it decided, sent back or rejected instead."""
    by: str
    at: datetime
    run: str
    voice: Voice = "human"
    """Policies count neither for a rule nor against it."""


class Support(BaseModel):
    """What speaks for a rule, counted over the answers of people when it was proposed."""

    model_config = ConfigDict(frozen=True)

    in_a_row: int
    """How many of the newest answers let its side stand, without another in between."""
    people: int
    """How many persons gave those."""
    since: datetime
    """When the first of those was given."""
    last_at: datetime
    """When the newest was given."""
    answers: int
    """How often people have answered this conflict in all."""
    agreed: int
    """How many of all these answers the rule would have given, too."""
    questions_saved: int
    """How many of all these questions it would have saved: the first of each run, since a second one is asked."""


class RuleRow(BaseModel):
    """One rule that was accepted, as lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Sixteen hexadecimal digits, made of workflow, conflict and how many rules the conflict had before."""
    workflow: str
    conflict: str
    prefer: str
    """The name of the decision that stands."""
    support: Support
    """As it was when the rule was accepted."""
    accepted_by: str
    accepted_at: datetime
    revoked_by: str | None = None
    revoked_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Whether runs that start now have it."""
        return self.revoked_at is None
