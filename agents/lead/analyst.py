"""The analyst: scores a lead from what the lead told us."""

from pydantic import Field

from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile
from agents.lead.scorecard import Factor
from agents.lead.scorecards import Scorecards
from agents.specialist import FunctionSpecialist, Handoff, specialist
from state.decision import Decision


class LeadScore(Decision):
    """How good a lead is, going by the client's own columns."""

    probability: float = Field(ge=0, le=1)
    """That the lead converts."""
    factors: tuple[Factor, ...] = ()
    """The columns that moved the probability most, strongest first."""


def analyst(profile: LeadProfile, scorecards: Scorecards) -> FunctionSpecialist:
    """The specialist that owns ``LeadScore``: the analyst's scorecard, read out."""
    score = scorecards.analyst.scorer(profile.scored("client"))

    @specialist(decides=LeadScore, version=f"1 {profile.digest()} {scorecards.digest()}")
    async def analyst(handoff: Handoff[Lead]) -> LeadScore:
        found = score(handoff.case)
        return LeadScore(
            probability=found.probability,
            factors=found.factors,
            rationale=f"{found.probability:.0%} by what the client told: {found.reasons() or 'nothing stands out'}.",
        )

    return analyst
