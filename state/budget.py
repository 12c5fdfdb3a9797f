"""The budget for human attention as it stands: what is promised, what has been used, and what is known of errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from state.certificate import Certificate
from state.graded import Agreement, Graded

Standing = Literal["standing", "withdrawn", "other version", "none"]
"""``standing``: the certificate of the workflow version that runs now holds. ``withdrawn``: its cases have drifted, and
its policy holds. ``other version``: there is one, of another version of the workflow. ``none``: there never was one."""

Interval = tuple[float, float]
"""Two shares, 0 to 1, between which one lies with 95 % probability."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with where the share of all such cases lies."""

    count: int
    of: int
    within: Interval

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; None of none."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Budget:
    """How the budget of one workflow stands."""

    workflow: str
    standing: Standing
    certificate: Certificate | None
    """The one that stands or was withdrawn, or the newest of another version."""
    changes: tuple[str, ...]
    """What differs from the version that the certificate is of, in words; where it is of another."""
    budget: float | None
    """The share of cases that may ask a human, 0 to 1; None where nobody declared one."""
    asked: Share
    """The cases that have asked a human, since the certificate was issued, or in the period where none governs. The
    interval holds however often one looks."""
    threshold: float | None
    """The one that runs are held to now; None where nobody knows the workflow."""
    graded: Graded
    """By outcomes, over the period; where a certificate governs, those of its cases."""
    wrong: Share
    """The automated cases that were wrong, of those whose outcome is known."""
    kinds: Mapping[str, Share]
    """The same by the kind of error."""
    checks: Agreement
    """The spot checks of the period."""
    agreed: Share
    """How often a reviewer decided as the hub had: agreement, not error."""
    since: datetime | None = None
    """When the period began; None for always."""

    @property
    def is_kept(self) -> bool:
        """Whether the share so far is within the budget; so it is where there is none."""
        return self.budget is None or (self.asked.share or 0.0) <= self.budget

    @property
    def is_moved(self) -> bool:
        """Whether the threshold is no longer the certified one, since that was withdrawn."""
        return self.standing == "withdrawn" and self.certificate is not None

    @property
    def standing_words(self) -> str:
        """How it stands with the certificate, in one or two sentences."""
        found = self.certificate
        match self.standing:
            case "standing" if found:
                return f"Certificate {found.id} stands since {found.issued_at:%Y-%m-%d %H:%M} UTC."
            case "withdrawn" if found:
                return f"Certificate {found.id} is withdrawn: {found.ended_because}. {_POLICIES[found.when_drifted]}"
            case "other version" if found:
                changed = f" ({'; '.join(self.changes[:3])})" if self.changes else ""
                return (
                    f"Certificate {found.id} is of another version of the workflow than runs now{changed}: it promises "
                    "nothing of these. Calibrate this one."
                )
            case _:
                return "No certificate says how that is kept, and with what errors: roundhouse calibrate."


_POLICIES = {
    "keep budget": (
        "The threshold is moved so that humans see no more than the budget; nothing bounds the error any more. "
        "Calibrate again."
    ),
    "ask more": (
        "The threshold is kept at the certified one or above, so that humans see more than the budget; nothing bounds "
        "the error any more. Calibrate again."
    ),
}
