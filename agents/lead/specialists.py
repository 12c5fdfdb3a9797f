"""The five specialists of lead qualification, made for one profile and its scorecards."""

from agents.lead.analyst import analyst
from agents.lead.communicator import communicator
from agents.lead.coordinator import coordinator
from agents.lead.profile import LeadProfile
from agents.lead.researcher import researcher
from agents.lead.router import router
from agents.lead.scorecards import Scorecards
from agents.specialist import FunctionSpecialist


def lead_specialists(profile: LeadProfile, scorecards: Scorecards) -> tuple[FunctionSpecialist, ...]:
    """Analyst, researcher, coordinator, router and communicator, in the order of their needs."""
    return (
        analyst(profile, scorecards),
        researcher(profile, scorecards),
        coordinator(profile, scorecards),
        router(profile),
        communicator(profile),
    )
