"""Lead qualification and routing: analyst, researcher, coordinator, router, communicator."""

import hashlib

from agents.lead.communicator import Update
from agents.lead.coordinator import Qualification
from agents.lead.profile import LeadProfile, load_profile
from agents.lead.researcher import ContextCheck, flagged
from agents.lead.router import Assignment, team_not_expected
from agents.lead.scorecards import Scorecards, load_scorecards
from agents.lead.specialists import lead_specialists
from graphs.conflict import AskHuman, Conflict, Reconsider
from graphs.escalation import Escalation, Flag
from graphs.workflow import Deliver, Workflow

SAMPLE = "sample"
"""The profile that is used where none is given: that of the project's own generated leads."""


def lead_qualification(profile: LeadProfile | None = None, scorecards: Scorecards | None = None) -> Workflow:
    """The workflow for the leads of a profile, with the scorecards beside it where none are given.

    Raises ``InvalidProfile`` where there are no scorecards, or none that fit the profile.
    """
    profile = profile or load_profile(SAMPLE)
    scorecards = scorecards or load_scorecards(profile)
    return Workflow(
        name="lead-qualification",
        case=profile.case_type(),
        specialists=lead_specialists(profile, scorecards),
        conflicts=(
            Conflict(
                "territory",
                between=(Qualification, Assignment),
                when=team_not_expected,
                ladder=(Reconsider(Assignment), AskHuman(suggest=Assignment)),
            ),
        ),
        effects=(Deliver(Update, to="team"),),
        escalation=Escalation(
            judged=Qualification,
            threshold=scorecards.threshold,
            budget=profile.attention.human_share,
            flag=Flag(ContextCheck, when=flagged),
        ),
        profile_digest=_pinned(profile, scorecards),
    )


def _pinned(profile: LeadProfile, scorecards: Scorecards) -> str:
    """One digest of both files."""
    return hashlib.sha256(f"{profile.digest()} {scorecards.digest()}".encode()).hexdigest()[:16]
