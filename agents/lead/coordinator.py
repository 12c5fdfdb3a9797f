"""The coordinator: makes one qualification of the analyst's score and the researcher's check."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from agents.brief import Brief
from agents.lead.analyst import LeadScore
from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile
from agents.lead.researcher import ContextCheck, flagged
from agents.lead.scorecard import signed
from agents.lead.scorecards import FlagRule, Scorecards
from agents.lead.stakes import Lane, Stakes
from agents.specialist import FunctionSpecialist, Handoff, specialist
from state.decision import Decision


class Qualification(Decision):
    """Whether a lead is worth a contact. Its confidence is the judged one: see :mod:`agents.lead.stakes`."""

    probability: float = Field(ge=0, le=1)
    """That the lead converts, fused of score and context."""
    lane: Lane
    """What is done with the lead: ``contact`` it, or ``decline``, which leaves it alone."""
    expected_value: float
    """What a contact is worth on average, in the currency of the stakes; above 0 in the lane ``contact``."""
    flagged: bool
    """Whether the researcher flagged the score, which lowers the confidence."""


def coordinator(profile: LeadProfile, scorecards: Scorecards) -> FunctionSpecialist:
    """The specialist that owns ``Qualification``: the fused probability, and the lane by expected value."""
    stakes, fusion, flag = profile.stakes, scorecards.fusion, scorecards.flag

    @specialist(
        decides=Qualification,
        needs=(LeadScore, ContextCheck),
        version=f"1 {profile.digest()} {scorecards.digest()}",
        brief=_brief(stakes, scorecards.flag),
    )
    async def coordinator(handoff: Handoff[Lead]) -> Qualification:
        score, check = handoff[LeadScore], handoff[ContextCheck]
        probability = fusion.probability(score.probability, check.probability)
        value = stakes.expected_value(probability)
        return Qualification(
            probability=probability,
            lane=stakes.lane(probability),
            expected_value=round(value, 4),
            flagged=flagged(check),
            confidence=flag.confidence(stakes.confidence(probability), flagged(check)),
            rationale=_words(stakes, probability, value, flagged(check)),
        )

    return coordinator


def _brief(stakes: Stakes, flag: FlagRule) -> Brief:
    """What a chat model is told in the coordinator's seat. It judges the probability; all else follows from that."""

    def derived(handoff: Handoff[Lead], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        probability, is_flagged = filled["probability"], flagged(handoff[ContextCheck])
        return {
            "lane": stakes.lane(probability),
            "expected_value": round(stakes.expected_value(probability), 4),
            "flagged": is_flagged,
            "confidence": flag.confidence(stakes.confidence(probability), is_flagged),
        }

    return Brief(
        instructions=(
            "Make one probability that the lead converts of the analyst's score and the researcher's check, which "
            "stand on different facts. Say in one sentence how you weighed them."
        ),
        sees=(),
        fills=("probability",),
        derived=derived,
        position=lambda qualification: qualification.lane,
    )


def _words(stakes: Stakes, probability: float, value: float, flagged: bool) -> str:
    worth = f"a contact is worth {signed(value, 2)} {stakes.currency} on average"
    note = "; the researcher flagged the score" if flagged else ""
    return f"{probability:.1%} by both together, break-even at {stakes.break_even:.0%}: {worth}{note}."
