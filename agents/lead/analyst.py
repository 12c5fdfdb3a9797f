"""The analyst: scores a lead from what the lead told us."""

from pydantic import Field

from agents.brief import Brief
from agents.lead.column import documented
from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile
from agents.lead.scorecard import Factor
from agents.lead.scorecards import Scorecards
from agents.lead.stakes import probability_of
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

    brief = _brief(profile, scorecards)

    @specialist(decides=LeadScore, version=f"1 {profile.digest()} {scorecards.digest()}", brief=brief)
    async def analyst(handoff: Handoff[Lead]) -> LeadScore:
        found = score(handoff.case)
        return LeadScore(
            probability=found.probability,
            factors=found.factors,
            rationale=f"{found.probability:.0%} by what the client told: {found.reasons() or 'nothing stands out'}.",
        )

    return analyst


def _brief(profile: LeadProfile, scorecards: Scorecards) -> Brief:
    """What a chat model is told in the analyst's seat."""
    columns, average = profile.scored("client"), probability_of(scorecards.analyst.intercept)
    return Brief(
        instructions=(
            f"Estimate the probability that the lead converts, from what it told us. An average lead: {average:.2f}. "
            f"Say in one sentence what speaks for and against it. What the fields mean:\n{documented(columns)}"
        ),
        sees=tuple(columns),
        fills=("probability",),
        position=lambda score: profile.stakes.lane(score.probability),
    )
