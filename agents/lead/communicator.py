"""The communicator: writes the update that the team gets about a lead."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from agents.brief import Brief
from agents.lead.column import shown
from agents.lead.coordinator import Qualification
from agents.lead.lead import Lead, value_of
from agents.lead.profile import LeadProfile
from agents.lead.router import Assignment
from agents.lead.stakes import Lane
from agents.specialist import FunctionSpecialist, Handoff, specialist
from state.case import Case
from state.decision import Decision
from state.progress import Rung

NOT_KNOWN = "not known"
"""What stands in a message for a value that is missing."""


class Update(Decision):
    """The message to the team; delivered as an effect."""

    team: str
    """Who gets the message."""
    lane: Lane
    """What the team is asked to do."""
    subject: str = Field(min_length=1)
    """The message's subject, in one line."""
    text: str = Field(min_length=1)
    """The message itself."""


def communicator(profile: LeadProfile) -> FunctionSpecialist:
    """The specialist that owns ``Update``: the profile's template, filled."""
    message, currency = profile.message, profile.stakes.currency
    columns = tuple(name for name in profile.columns if name in message.placeholders)

    brief = _brief(profile, columns)

    @specialist(decides=Update, needs=(Qualification, Assignment), version=f"1 {profile.digest()}", brief=brief)
    async def communicator(handoff: Handoff[Lead]) -> Update:
        qualification, assignment = handoff[Qualification], handoff[Assignment]
        lane = _lane(qualification, assignment, handoff.settlements)
        decided = {
            "team": assignment.team,
            "lane": lane,
            "probability": f"{qualification.probability:.1%}",
            "expected_value": f"{qualification.expected_value:.2f}",
            "currency": currency,
            "confidence": f"{qualification.confidence:.0%}",
            "flag": "flagged" if qualification.flagged else "confirmed",
            "why": qualification.rationale,
        }
        subject, text = message.filled(_shown(handoff.case, columns) | decided)
        return Update(team=assignment.team, lane=lane, subject=subject, text=text, rationale=assignment.rationale)

    return communicator


def _brief(profile: LeadProfile, columns: tuple[str, ...]) -> Brief:
    """What a chat model is told in the communicator's seat. It words the message; to whom and what for is decided."""

    def derived(handoff: Handoff[Lead], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        assignment = handoff[Assignment]
        return {"team": assignment.team, "lane": _lane(handoff[Qualification], assignment, handoff.settlements)}

    return Brief(
        instructions=(
            "Write the message that tells the team in Assignment what to do with the lead: contact it, or decline, "
            "which leaves it alone. Use only what you are given. Keep to this form, where {name} stands for what is to "
            "be put in.\n"
            f"Subject: {profile.message.subject}\n{profile.message.text.strip()}"
        ),
        sees=("id", *columns),
        fills=("subject", "text"),
        derived=derived,
        position=lambda update: (update.team, update.lane),
    )


def _lane(qualification: Qualification, assignment: Assignment, settlements: Iterable[Rung]) -> Lane:
    """The lane of the qualification, unless a settlement let the assignment stand against it."""
    stands = any(settlement.preferred == Assignment.__name__ for settlement in settlements)
    return assignment.expected[0] if stands and qualification.lane not in assignment.expected else qualification.lane


def _shown(lead: Case, columns: Iterable[str]) -> dict[str, str]:
    values = {name: value_of(lead, name) for name in columns}
    return {"id": lead.id} | {name: NOT_KNOWN if value is None else shown(value) for name, value in values.items()}
