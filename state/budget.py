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
    """The cases that have asked a human: since the certificate was issued, or was withdrawn where it was; in the period
    where none governs. The interval holds however often one looks."""
    whole: tuple[int, int] | None
    """Of all cases under the certificate, how many have asked, and how many there are; None where none governs."""
    advice: str
    """What to do about it, in a sentence; empty where there is nothing to do."""
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
    def kept(self) -> Literal["kept", "not over", "over", "unknown"]:
        """How the share so far is to the budget: the whole interval within it, only the share itself, or neither."""
        if self.budget is None or self.asked.share is None:
            return "unknown"
        if self.asked.share > self.budget:
            return "over"
        return "kept" if self.asked.within[1] <= self.budget else "not over"

    @property
    def is_moved(self) -> bool:
        """Whether the threshold is no longer the certified one, since that was withdrawn."""
        return self.standing == "withdrawn" and self.certificate is not None

    @property
    def whose(self) -> str:
        """Which cases have asked, in words."""
        match self.standing:
            case "standing":
                return "under the certificate"
            case "withdrawn":
                return "since it was withdrawn"
            case "other version" | "none":
                return "so far" if self.since is None else "in this period"

    @property
    def standing_words(self) -> str:
        """How it stands with the certificate, in sentences, with what to do."""
        return f"{self._standing_words} {self.advice}".rstrip()

    @property
    def _standing_words(self) -> str:
        found = self.certificate
        match self.standing:
            case "standing" if found:
                return f"Certificate {found.id} stands since {found.issued_at:%Y-%m-%d %H:%M} UTC."
            case "withdrawn" if found:
                ended = f" since {found.ended_at:%Y-%m-%d %H:%M} UTC" if found.ended_at else ""
                why = f"Certificate {found.id} is withdrawn{ended}: {found.ended_because}."
                return f"{why} {_POLICIES[found.when_drifted]}"
            case "other version" if found:
                changed = f" ({'; '.join(self.changes[:3])})" if self.changes else ""
                return (
                    f"Certificate {found.id} is of another version of the workflow than runs now{changed}: it promises "
                    "nothing of these."
                )
            case _:
                return "No certificate says how the budget is kept, and with what errors."


_POLICIES = {
    "keep budget": (
        "The threshold is moved case by case, so that the share comes to the budget; nothing bounds the error any more."
    ),
    "ask more": (
        "The threshold is kept at the certified one or above, so that humans see more than the budget; nothing bounds "
        "the error any more."
    ),
}
