"""The researcher: looks at a lead's public context, and confirms the analyst's score or flags it."""

from typing import Literal

from pydantic import Field

from agents.brief import Brief
from agents.lead.analyst import LeadScore
from agents.lead.column import documented
from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile
from agents.lead.scorecard import Factor
from agents.lead.scorecards import Scorecards
from agents.lead.stakes import probability_of
from agents.specialist import FunctionSpecialist, Handoff, specialist
from state.decision import Decision

Verdict = Literal["confirm", "flag"]
"""``confirm``: context and score clearly put the lead on the same side of break-even. ``flag``: they do not."""


class ContextCheck(Decision):
    """What the public context says about a lead, and whether it bears out the score."""

    probability: float = Field(ge=0, le=1)
    """That the lead converts, going by the public context alone."""
    verdict: Verdict
    """Whether the context bears the score out."""
    evidence: tuple[Factor, ...] = ()
    """The columns of the context that moved the probability most, strongest first."""


def flagged(check: ContextCheck) -> bool:
    """Whether the check flags the lead."""
    return check.verdict == "flag"


def researcher(profile: LeadProfile, scorecards: Scorecards) -> FunctionSpecialist:
    """The specialist that owns ``ContextCheck``: the researcher's scorecard, compared with the score."""
    score = scorecards.researcher.scorer(profile.scored("context"))
    break_even, flag = profile.stakes.break_even, scorecards.flag

    version, brief = f"1 {profile.digest()} {scorecards.digest()}", _brief(profile, scorecards)

    @specialist(decides=ContextCheck, needs=(LeadScore,), version=version, brief=brief)
    async def researcher(handoff: Handoff[Lead]) -> ContextCheck:
        said, found = handoff[LeadScore].probability, score(handoff.case)
        verdict: Verdict = "flag" if flag.flags(said, found.probability, break_even) else "confirm"
        return ContextCheck(
            probability=found.probability,
            verdict=verdict,
            evidence=found.factors,
            rationale=(
                f"{found.probability:.0%} by the public context, {said:.0%} by the client, break-even at "
                f"{break_even:.0%}: {_VERDICTS[verdict]}. {found.reasons() or 'Nothing stands out'}."
            ),
        )

    return researcher


def _brief(profile: LeadProfile, scorecards: Scorecards) -> Brief:
    """What a chat model is told in the researcher's seat."""
    columns, average = profile.scored("context"), probability_of(scorecards.researcher.intercept)
    return Brief(
        instructions=(
            "Estimate the probability that the lead converts, from its public context alone. An average lead: "
            f"{average:.2f}. Then compare with the probability in LeadScore: confirm when both clearly stand on the "
            f"same side of {profile.stakes.break_even:.2f}, where a contact breaks even; flag when they do not. Say in "
            f"one sentence why. What the fields mean:\n{documented(columns)}"
        ),
        sees=tuple(columns),
        fills=("probability", "verdict"),
        position=lambda check: check.verdict,
    )


_VERDICTS: dict[Verdict, str] = {
    "confirm": "clearly on the same side, confirmed",
    "flag": "not clearly on the same side, flagged",
}
