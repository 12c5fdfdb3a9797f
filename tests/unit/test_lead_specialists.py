"""The five lead specialists, each alone, on handoffs made by hand."""

from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from agents.lead.analyst import LeadScore
from agents.lead.communicator import Update
from agents.lead.coordinator import Qualification
from agents.lead.lead import Lead
from agents.lead.profile import LeadProfile, load_profile, shipped_profiles
from agents.lead.researcher import ContextCheck, flagged
from agents.lead.router import Assignment, team_not_expected
from agents.lead.scorecards import Scorecards, load_scorecards
from agents.lead.specialists import lead_specialists
from agents.lead.stakes import log_odds
from agents.specialist import FunctionSpecialist, Handoff
from data.make_leads import make_leads
from graphs.lead_qualification import lead_qualification
from graphs.lint import lint
from state.decision import Decision
from state.note import Note, NoteKind
from state.progress import Rung

SAMPLE = load_profile("sample")
CARDS = load_scorecards(SAMPLE)
OWNERS = {owner.decides: owner for owner in lead_specialists(SAMPLE, CARDS)}
ROW = next(iter(make_leads(1, 1)))
DecisionT = TypeVar("DecisionT", bound=Decision)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def lead(**values: Any) -> Lead:
    row = {name: value for name, value in (ROW | values).items() if name != "converted"}
    return SAMPLE.case_type().model_validate(row)


def handoff(case: Lead, *decisions: Decision, **more: Any) -> Handoff[Lead]:
    return Handoff(case, {type(decision): decision for decision in decisions}, **more)


def note(kind: NoteKind, text: str = "") -> Note:
    return Note(kind=kind, author="somebody", text=text, at=NOW)


async def decide(decision: type[DecisionT], given: Handoff[Lead]) -> DecisionT:
    made = await OWNERS[decision](given)
    assert isinstance(made, decision)
    return made


def qualification(probability: float = 0.5, **more: Any) -> Qualification:
    known = {
        "lane": SAMPLE.stakes.lane(probability),
        "expected_value": SAMPLE.stakes.expected_value(probability),
        "flagged": False,
        "rationale": "Because.",
    }
    return Qualification(probability=probability, **(known | more))


async def test_the_analyst_scores_what_the_lead_told_and_not_the_context() -> None:
    score = await decide(LeadScore, handoff(lead()))
    elsewhere = await decide(LeadScore, handoff(lead(month="jul", sector_growth=9, lending_rate=0)))
    better = await decide(LeadScore, handoff(lead(previous_outcome="won", days_since_contact=9)))
    assert score == elsewhere
    assert better.probability > score.probability
    assert log_odds(score.probability) == pytest.approx(CARDS.analyst.log_odds(lead()))


async def test_the_analyst_says_in_words_what_moved_the_score() -> None:
    score = await decide(LeadScore, handoff(lead(channel="referral", budget="unknown")))
    assert "came by referral (+1.0)" in score.rationale
    assert {factor.column for factor in score.factors} <= set(SAMPLE.scored("client"))
    assert [abs(factor.log_odds) for factor in score.factors] == sorted(
        (abs(factor.log_odds) for factor in score.factors), reverse=True
    )


async def test_the_researcher_confirms_what_is_clearly_on_the_same_side_and_flags_the_rest() -> None:
    grim = lead(sector_growth=-2, business_climate=91, lending_rate=4.4, open_vacancies=0)
    low, high = LeadScore(probability=0.02), LeadScore(probability=0.7)
    confirmed = await decide(ContextCheck, handoff(grim, low))
    doubted = await decide(ContextCheck, handoff(grim, high))
    assert (confirmed.verdict, doubted.verdict) == ("confirm", "flag")
    assert (flagged(confirmed), flagged(doubted)) == (False, True)
    assert confirmed.probability == doubted.probability < SAMPLE.stakes.break_even
    assert "not clearly on the same side, flagged" in doubted.rationale
    assert {factor.column for factor in doubted.evidence} <= set(SAMPLE.scored("context"))


async def test_the_coordinator_fuses_both_and_picks_the_lane_by_expected_value() -> None:
    score, check = LeadScore(probability=0.6), ContextCheck(probability=0.5, verdict="confirm")
    made = await decide(Qualification, handoff(lead(), score, check))
    assert made.probability == CARDS.fusion.probability(0.6, 0.5)
    assert (made.lane, made.flagged) == ("contact", False)
    assert made.expected_value == pytest.approx(made.probability * 3000 - 600, abs=1e-3)
    assert made.confidence == SAMPLE.stakes.confidence(made.probability)
    poor = await decide(
        Qualification, handoff(lead(), LeadScore(probability=0.05), ContextCheck(probability=0.05, verdict="confirm"))
    )
    assert (poor.lane, poor.expected_value < 0) == ("decline", True)


async def test_a_flag_lowers_the_confidence_and_nothing_else() -> None:
    score = LeadScore(probability=0.6)
    plain, doubted = [
        await decide(Qualification, handoff(lead(), score, ContextCheck(probability=0.5, verdict=verdict)))
        for verdict in ("confirm", "flag")
    ]
    assert doubted.confidence == pytest.approx(plain.confidence * 0.9)
    assert (doubted.lane, doubted.probability, doubted.flagged) == (plain.lane, plain.probability, True)
    assert "the researcher flagged the score" in doubted.rationale


async def test_the_router_goes_by_the_lead_alone_at_first() -> None:
    made = await decide(Assignment, handoff(lead(employees=5000), qualification(0.05)))
    assert (made.team, made.expected) == ("key accounts", ("contact",))
    assert team_not_expected(qualification(0.05), made)
    assert not team_not_expected(qualification(0.5), made)


async def test_after_an_objection_the_router_takes_the_next_rule_that_expects_the_lane() -> None:
    fair = lead(channel="trade fair", country="DE", employees=50)
    first = await decide(Assignment, handoff(fair, qualification(0.05)))
    again = await decide(Assignment, handoff(fair, qualification(0.05), notes=(note("objection"),)))
    assert (first.team, again.team) == ("field sales", "desk north")
    assert not team_not_expected(qualification(0.05), again)
    assert "field sales does not expect: decline" in again.rationale
    moved = await decide(Assignment, handoff(fair, qualification(0.5), notes=(note("objection"),)))
    assert moved.team == "field sales"


async def test_the_router_stays_where_the_table_leaves_the_lead_to_a_person() -> None:
    given = handoff(lead(employees=5000), qualification(0.05), notes=(note("objection"),))
    made = await decide(Assignment, given)
    assert made.team == "key accounts"
    assert team_not_expected(qualification(0.05), made)


@pytest.mark.parametrize(
    ("guidance", "team"),
    [
        ("give it to desk south, please", "desk south"),
        ("desk south or desk north", "key accounts"),  # two teams are no instruction
        ("somebody else", "key accounts"),
    ],
)
async def test_the_router_follows_guidance_that_names_one_team(guidance: str, team: str) -> None:
    given = handoff(lead(employees=5000), qualification(0.5), notes=(note("guidance", guidance),))
    assert (await decide(Assignment, given)).team == team


async def test_the_communicator_fills_the_template() -> None:
    case = lead(company="Brambles\r\nBcc: x", employees="")
    team = Assignment(team="desk north", expected=("contact", "decline"))
    made = await decide(Update, handoff(case, qualification(0.5), team))
    assert (made.team, made.lane) == ("desk north", "contact")
    assert made.subject == "Brambles Bcc: x: contact (lead L-00001)"
    assert "not known employees" in made.text
    assert "Because." in made.text


async def test_where_a_person_let_the_team_stand_the_update_asks_for_what_the_team_expects() -> None:
    assignment = Assignment(team="key accounts", expected=("contact",))
    settled = Rung(conflict="territory", versions={}, rung=1, action="human", preferred="Assignment", by="ann", at=NOW)
    against = settled.model_copy(update={"preferred": "Qualification"})
    lanes = [
        (await decide(Update, handoff(lead(), qualification(0.05), assignment, settlements=rungs))).lane
        for rungs in ((settled,), (against,))
    ]
    assert lanes == ["contact", "decline"]


def versions(profile: LeadProfile, cards: Scorecards) -> list[str]:
    return [owner.version for owner in lead_specialists(profile, cards)]


def test_the_version_of_a_specialist_moves_with_what_it_depends_on() -> None:
    now = versions(SAMPLE, CARDS)
    refitted = versions(SAMPLE, CARDS.model_copy(update={"seed": 99}))
    renamed = versions(SAMPLE.model_copy(update={"title": "x"}), CARDS)
    assert [one != other for one, other in zip(now, refitted, strict=True)] == [True, True, True, False, False]
    assert not set(now) & set(renamed)


@pytest.mark.parametrize("name", shipped_profiles())
def test_the_workflow_of_a_shipped_profile_has_no_findings(name: str) -> None:
    profile = load_profile(name)
    workflow = lead_qualification(profile)
    assert lint(workflow) == []
    assert workflow.threshold == load_scorecards(profile).threshold
    assert workflow.case is profile.case_type()


def test_the_workflow_is_that_of_the_sample_where_no_profile_is_given() -> None:
    assert lead_qualification().signature == lead_qualification(SAMPLE, CARDS).signature


def test_every_specialist_is_a_plain_function_that_names_its_needs() -> None:
    owners = lead_specialists(SAMPLE, CARDS)
    assert [owner.name for owner in owners] == ["analyst", "researcher", "coordinator", "router", "communicator"]
    assert all(isinstance(owner, FunctionSpecialist) for owner in owners)
