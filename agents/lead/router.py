"""The router: picks the team that takes a lead, by the territory table."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from agents.brief import Brief
from agents.lead.coordinator import Qualification
from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile
from agents.lead.stakes import LANES, Lane
from agents.lead.territory import Rule, Territory
from agents.specialist import FunctionSpecialist, Handoff, specialist
from state.decision import Decision
from state.note import Note


class Assignment(Decision):
    """The team that takes a lead."""

    team: str
    """The sales team that takes the lead."""
    expected: tuple[Lane, ...] = Field(min_length=1)
    """The lanes whose leads the team expects."""


def team_not_expected(qualification: Qualification, assignment: Assignment) -> bool:
    """Whether the lead was put in a lane that its team does not expect: a conflict."""
    return qualification.lane not in assignment.expected


def router(profile: LeadProfile) -> FunctionSpecialist:
    """The specialist that owns ``Assignment``.

    At first it goes by the lead alone. After an objection it also looks at the lane, and stays where the table
    leaves the lead to a person. A human's guidance that names one team of the table is followed.
    """
    territory = profile.territory

    @specialist(decides=Assignment, needs=(Qualification,), version=f"1 {profile.digest()}", brief=_brief(territory))
    async def router(handoff: Handoff[Lead]) -> Assignment:
        named = _named_team(territory, handoff.notes)
        if named is not None:
            return Assignment(team=named, expected=LANES, rationale=f"A person named {named}.")
        first = territory.first(handoff.case)
        if not any(note.kind == "objection" for note in handoff.notes):
            return _assigned(first, _why(first))
        return _reconsidered(territory, handoff.case, handoff[Qualification].lane, first)

    return router


def _brief(territory: Territory) -> Brief:
    """What a chat model is told in the router's seat. It names a team of the table; what that expects follows."""
    table = "\n".join(f"{place}. {rule.told()}" for place, rule in enumerate(territory.rules, 1))

    def derived(handoff: Handoff[Lead], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"expected": territory.expected(handoff.case, filled["team"])}

    return Brief(
        instructions=(
            f"Pick the sales team that takes the lead. The first rule that holds decides, whatever the lane:\n{table}\n"
            f"All other leads: {territory.default}.\n"
            "Where a note objects that the team does not expect the lane, go on to the next rule that holds and "
            "expects it, unless the rule leaves it to a person: then stay."
        ),
        sees=territory.columns,
        fills=("team",),
        choices={"team": territory.teams},
        derived=derived,
        position=lambda assignment: assignment.team,
    )


def _reconsidered(territory: Territory, lead: Lead, lane: Lane, first: Rule) -> Assignment:
    taken = territory.settled(lead, lane)
    if taken is None:
        return _assigned(first, f"{_why(first)} No other team may take it, and this one does not expect: {lane}.")
    aside = f" {first.team} does not expect: {lane}." if taken.team != first.team else ""
    return _assigned(taken, f"{_why(taken)}{aside}")


def _assigned(rule: Rule, why: str) -> Assignment:
    return Assignment(team=rule.team, expected=rule.lanes, rationale=why)


def _why(rule: Rule) -> str:
    return f"{rule.team} takes leads where {rule.said()}." if rule.when else f"{rule.team} takes all other leads."


def _named_team(territory: Territory, notes: Iterable[Note]) -> str | None:
    """The team that the newest guidance names; None where it names none or several."""
    guidance = [note.text for note in notes if note.kind == "guidance"]
    named = [team for team in territory.teams if team in guidance[-1]] if guidance else []
    return named[0] if len(named) == 1 else None
