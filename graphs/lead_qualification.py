"""Lead qualification and routing: analyst, researcher, coordinator, router, communicator."""

import hashlib
from functools import partial

from agents.lead.analyst import LeadScore
from agents.lead.communicator import Update
from agents.lead.coordinator import Qualification
from agents.lead.profile import LeadProfile, load_profile
from agents.lead.researcher import ContextCheck, flagged
from agents.lead.router import Assignment, team_not_expected
from agents.lead.scorecards import Scorecards, agreement, load_scorecards
from agents.lead.specialists import lead_specialists
from agents.lead.stakes import LANES
from graphs.conflict import AskHuman, Conflict, Reconsider
from graphs.escalation import Decisions, Escalation, Flag, Grading
from graphs.workflow import Deliver, Workflow
from state.errors import UsageError

DECLINED, WASTED = "good leads declined", "wasted contacts"
"""The kinds of error that a lead's lane can have."""

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
            grading=_grading(profile),
            disagreement=partial(_disagreement, profile.stakes.break_even),
            when_drifted=profile.attention.when_drifted,
            spot_checks=profile.attention.spot_checks,
        ),
        profile_digest=_pinned(profile, scorecards),
    )


def _grading(profile: LeadProfile) -> Grading:
    """A lead is in the wrong lane when it was declined and would have converted, or was contacted in vain."""
    positive, negative = profile.label.positive, profile.label.negative

    def error(qualification: Qualification, label: str) -> str | None:
        if negative and label != positive and label not in negative:
            raise UsageError(
                f"The label {label!r:.80} under {profile.label.column!r} is none that the profile {profile.name!r} "
                f"knows: {', '.join((positive, *negative))}."
            )
        match qualification.lane, label == positive:
            case "decline", True:
                return DECLINED
            case "contact", False:
                return WASTED
            case _:
                return None

    return Grading(
        label=profile.label.column,
        field="lane",
        error=error,
        kinds=(DECLINED, WASTED),
        labels=(positive, *negative),
        missing=frozenset({"", *profile.missing}),
        choices=LANES,
    )


def _disagreement(break_even: float, decisions: Decisions) -> float:
    """How far analyst and researcher are from putting the lead in the same lane, in log-odds."""
    return -agreement(decisions[LeadScore].probability, decisions[ContextCheck].probability, break_even)


def _pinned(profile: LeadProfile, scorecards: Scorecards) -> str:
    """One digest of both files."""
    return hashlib.sha256(f"{profile.digest()} {scorecards.digest()}".encode()).hexdigest()[:16]
