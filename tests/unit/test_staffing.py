from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.brief import Brief
from agents.chat.chat import Chat
from agents.consensus import Unanimous
from agents.fallback import Fallback
from agents.handoff import Escalate, Handoff
from agents.lead.analyst import LeadScore
from agents.lead.communicator import Update
from agents.lead.coordinator import Qualification
from agents.lead.lead import Lead
from agents.lead.profile import load_profile
from agents.lead.researcher import ContextCheck
from agents.lead.router import Assignment
from agents.lead.scorecards import load_scorecards
from agents.making import Failed, Making, Retry
from agents.model import ModelSpecialist
from agents.panel import Panel
from agents.scripted import Said, ScriptedModel, Step
from agents.specialist import FunctionSpecialist
from data.make_leads import make_leads
from graphs.lead_qualification import lead_qualification
from graphs.lint import lint
from graphs.staffing import chats_of, staffed, unknown_seats
from graphs.workflow import Workflow
from state.decision import Decision
from state.errors import ModelTrouble, UsageError
from state.progress import Rung
from state.staffing import Staffing
from tests.support.leads import CHECK, SCORE, UPDATE, VERDICT, Check, Score, Verdict, diamond, owner
from tests.support.run import NOW, Run

WORKFLOW = diamond()


class Chats:
    """The chats of a test, by name; each answers with the same."""

    def __init__(self, *answers: Step) -> None:
        self.answers = answers
        self.made: dict[str, Chat] = {}
        self.models: dict[str, ScriptedModel] = {}

    def __call__(self, name: str) -> Chat:
        if name not in self.made:
            self.models[name] = ScriptedModel(self.answers)
            self.made[name] = Chat.of(self.models[name], name=name)
        return self.made[name]


def takers(workflow: Workflow) -> dict[str, str]:
    """Who has each seat."""
    return {each.name: type(each).__name__ for each in workflow.specialists}


@pytest.mark.parametrize(
    "staffing",
    [
        # as it is
        Staffing(),
        # everybody
        Staffing("m"),
        # one
        Staffing(seats=(("check", "m"),)),
        # everybody but one, whose rules stay
        Staffing("m", (("check", "rules"),), "rules"),
        # a second opinion
        Staffing("m", (("check", "rules+n"), ("score", "n"))),
    ],
)
def test_a_staffing_is_read_back_from_what_a_run_is_pinned_to(staffing: Staffing) -> None:
    assert Staffing.read(staffing.pinned()) == staffing


def test_a_run_that_is_pinned_to_nothing_has_rules_in_every_seat() -> None:
    assert Staffing().pinned() == {}
    assert Staffing(seats=(("check", "rules"),)).pinned() == {}
    assert Staffing.read(None) == Staffing.read({}) == Staffing()


def test_it_is_pinned_as_plain_json() -> None:
    assert Staffing("m", (("check", "rules"),), "rules").pinned() == {"*": "m", "check": "rules", "!": "rules"}


@pytest.mark.parametrize(
    ("everybody", "seats", "together"),
    [
        # nothing on top
        (None, {}, Staffing("m", (("check", "n"),), "rules")),
        # another seat
        (None, {"score": "k"}, Staffing("m", (("check", "n"), ("score", "k")), "rules")),
        # the same seat
        (None, {"check": "k"}, Staffing("m", (("check", "k"),), "rules")),
        # everybody displaces the seats that were named before
        ("k", {}, Staffing("k", (), "rules")),
        # and not those that are named with it
        ("k", {"score": "rules"}, Staffing("k", (("score", "rules"),), "rules")),
        # back to rules
        ("rules", {}, Staffing("rules", (), "rules")),
    ],
)
def test_a_staffing_goes_on_top_of_another(everybody: str | None, seats: dict[str, str], together: Staffing) -> None:
    assert Staffing("m", (("check", "n"),), "rules").over(everybody, seats) == together


def test_what_a_seat_is_given() -> None:
    staffing = Staffing("m", (("check", "rules"),))
    assert [staffing.given(seat) for seat in ("check", "score")] == ["rules", "m"]


def test_a_workflow_whose_seats_are_all_of_rules_is_the_workflow_itself() -> None:
    assert staffed(WORKFLOW, Staffing(seats=(("check", "rules"),)), Chats()) is WORKFLOW


def test_models_take_the_seats_that_they_are_given() -> None:
    chats = Chats()
    taken = staffed(WORKFLOW, Staffing("m", (("check", "rules"), ("verdict", "n"))), chats)
    assert takers(taken) == {
        "score": "ModelSpecialist",
        "check": "FunctionSpecialist",
        "verdict": "ModelSpecialist",
        "update": "ModelSpecialist",
    }
    assert set(chats.made) == {"m", "n"}
    assert taken.owner["Check"] is CHECK
    assert lint(taken) == []


def test_a_model_takes_a_seat_as_it_was_declared() -> None:
    brief = Brief("Judge with care.")
    seat = owner(Verdict, Score, Check, brief=brief, attempts=7, version="3")
    workflow = diamond(specialists=(SCORE, CHECK, seat, UPDATE))
    model = staffed(workflow, Staffing("m"), Chats()).owner["Verdict"]
    assert isinstance(model, ModelSpecialist)
    assert (model.name, model.decides, model.needs, model.attempts) == ("verdict", Verdict, (Score, Check), 7)
    assert model.brief is brief
    assert model.version.startswith("3 m ")


def test_the_signature_moves_with_who_has_the_seats() -> None:
    signatures = {
        staffed(WORKFLOW, staffing, Chats()).signature
        for staffing in (
            Staffing(),
            Staffing("m"),
            Staffing("n"),
            Staffing("m", (("check", "rules"),)),
            Staffing("rules+m"),
            Staffing("m", when_models_fail="rules"),
        )
    }
    assert len(signatures) == 6
    assert staffed(WORKFLOW, Staffing("m"), Chats()).signature in signatures


def decides(specialist: FunctionSpecialist, result: Decision) -> FunctionSpecialist:
    return owner(specialist.decides, *specialist.needs, function=lambda handoff: result)


async def check_turn(staffing: Staffing, rules: Check, *said: Step) -> Making:
    """The turn of whoever has the seat of the check."""
    workflow = diamond(specialists=(SCORE, decides(CHECK, rules), VERDICT, UPDATE))
    seat = staffed(workflow, staffing, Chats(*said)).owner["Check"]
    return await seat.turn(Handoff(case=Run(workflow).case), NOW)


KEY = ModelTrouble("key", "the key is refused")


async def test_a_model_that_fails_is_a_question_unless_the_rules_take_over() -> None:
    asked = await check_turn(Staffing("m"), Check(flagged=True), KEY)
    taken = await check_turn(Staffing("m", when_models_fail="rules"), Check(flagged=True), KEY)
    assert asked.result == Failed("m: the key is refused", is_outage=True)
    assert taken.result == Check(flagged=True)
    assert "the fallback took over" in taken.provenance.words[0]


def test_a_second_opinion_is_a_panel_of_both_that_must_agree() -> None:
    panel = staffed(WORKFLOW, Staffing(seats=(("check", "rules+m"),)), Chats()).owner["Check"]
    assert isinstance(panel, Panel)
    assert [member.name for member in panel.members] == ["check-rules", "check-model"]
    assert (panel.name, panel.quorum, panel.rule) == ("check", 2, Unanimous())


async def test_where_both_opinions_agree_they_decide() -> None:
    said = {"rationale": "I see it too.", "flagged": True, "confidence": 0.8}
    making = await check_turn(Staffing("rules+m"), Check(flagged=True, confidence=0.6), said)
    assert isinstance(making.result, Check)
    assert making.result.flagged
    assert making.result.confidence == pytest.approx(0.7)
    assert [(each.specialist, each.model) for each in making.executions] == [
        ("check-rules", None),
        ("check-model", "m"),
    ]


async def test_where_they_do_not_a_human_decides_and_it_counts_as_a_conflict() -> None:
    workflow = diamond(specialists=(SCORE, decides(CHECK, Check(flagged=True)), VERDICT, UPDATE))
    said = {"rationale": "I see nothing.", "flagged": False, "confidence": 0.8}
    run = Run(staffed(workflow, Staffing(seats=(("check", "rules+m"),)), Chats(said)))
    making = await run.workflow.owner["Check"].turn(run.handoff("Check"), NOW)
    assert isinstance(making.result, Escalate)
    assert making.result.sides["check-model"].rationale == "I see nothing."
    run.make(Score=Score(), Check=making.result)
    assert run.record("Check").provenance.conflict == "second opinion on Check"
    assert [(question.names, question.conflict) for question in run.consulted] == [
        (("Check",), "second opinion on Check")
    ]


async def test_where_the_model_is_down_there_is_no_second_opinion_yet() -> None:
    making = await check_turn(Staffing("rules+m"), Check(flagged=True), KEY)
    assert making.result == Failed("m: the key is refused", is_outage=True)


async def test_where_the_model_fails_there_is_no_second_opinion_and_no_conflict() -> None:
    making = await check_turn(Staffing("rules+m"), Check(flagged=True), ModelTrouble("request", "too long"))
    assert isinstance(making.result, Escalate)
    assert making.result.conflict is None
    assert making.result.reason.startswith("1 of 2 members voted, the quorum is 2")


MODEL = ModelSpecialist("check", Check, "Check.", Chat.of(ScriptedModel([]), name="own"))
WITH_MODEL = diamond(specialists=(SCORE, MODEL, VERDICT, UPDATE))


def test_a_seat_that_has_a_model_of_its_own_keeps_it_whoever_takes_the_others() -> None:
    taken = staffed(WITH_MODEL, Staffing("m"), Chats())
    assert taken.owner["Check"] is MODEL
    assert isinstance(taken.owner["Score"], ModelSpecialist)


@pytest.mark.parametrize("given", ["m", "rules+m"])
def test_a_seat_that_is_no_plain_function_cannot_be_named(given: str) -> None:
    with pytest.raises(UsageError, match="The seat 'check' is no plain function"):
        staffed(WITH_MODEL, Staffing(seats=(("check", given),)), Chats())


def test_naming_it_for_rules_leaves_it_as_it_is() -> None:
    assert staffed(WITH_MODEL, Staffing("m", (("check", "rules"),)), Chats()).owner["Check"] is MODEL


def test_seats_that_there_are_not_are_told() -> None:
    staffing = Staffing("m", (("check", "rules"), ("nobody", "m"), ("Score", "m")))
    assert unknown_seats(WORKFLOW, staffing) == ["nobody", "Score"]


@pytest.mark.parametrize(
    ("staffing", "chats"),
    [
        # nobody
        (Staffing(), []),
        # one
        (Staffing(seats=(("check", "m"),)), [("m", False)]),
        # one that somebody takes over from
        (Staffing(seats=(("check", "m"),), when_models_fail="rules"), [("m", True)]),
        # one in a panel
        (Staffing(seats=(("check", "rules+m"),)), [("m", False)]),
        # several
        (Staffing(seats=(("check", "m"), ("score", "n"))), [("n", False), ("m", False)]),
    ],
)
def test_every_chat_is_known_with_whether_somebody_takes_over(
    staffing: Staffing, chats: list[tuple[str, bool]]
) -> None:
    found = chats_of(staffed(WORKFLOW, staffing, Chats()))
    assert [(chat.name, has_fallback) for chat, has_fallback in found] == chats


def test_who_takes_over_in_the_end_has_nobody_behind_them() -> None:
    both = Fallback(MODEL, ModelSpecialist("other", Check, "Check.", Chat.of(ScriptedModel([]), name="last")))
    found = chats_of(diamond(specialists=(SCORE, both, VERDICT, UPDATE)))
    assert [(chat.name, has_fallback) for chat, has_fallback in found] == [("own", True), ("last", False)]


# The lead workflow: what follows by rule, whoever has the seat

SAMPLE = load_profile("sample")
CARDS = load_scorecards(SAMPLE)
LEADS = lead_qualification(SAMPLE, CARDS)


def lead(**values: Any) -> Lead:
    row = {name: value for name, value in (next(iter(make_leads(1, 1))) | values).items() if name != "converted"}
    return SAMPLE.case_type().model_validate(row)


def qualification(probability: float) -> Qualification:
    return Qualification(
        probability=probability,
        lane=SAMPLE.stakes.lane(probability),
        expected_value=SAMPLE.stakes.expected_value(probability),
        flagged=False,
    )


async def said(decision: str, case: Lead, answer: dict[str, Any], *given: Decision, **more: Any) -> Making:
    """The turn of a model in the seat that owns a decision; it says the same again when it is sent back."""
    seat = staffed(LEADS, Staffing("m"), Chats(answer, answer)).owner[decision]
    assert isinstance(seat, ModelSpecialist)
    return await seat.turn(Handoff(case, {type(each): each for each in given}, **more), datetime.now(UTC))


PAIR = (LeadScore(probability=0.6), ContextCheck(probability=0.5, verdict="flag"))
TEAM = Assignment(team="key accounts", expected=("contact",))


@pytest.mark.parametrize("probability", [0.0, 0.05, SAMPLE.stakes.break_even, 0.9, 1.0])
async def test_lane_value_flag_and_confidence_follow_from_the_probability_that_a_model_judges(
    probability: float,
) -> None:
    making = await said(
        "Qualification", lead(), {"rationale": "", "probability": probability, "confidence": 0.99}, *PAIR
    )
    made, stakes = making.result, SAMPLE.stakes
    assert isinstance(made, Qualification)
    assert (made.probability, made.lane, made.flagged) == (probability, stakes.lane(probability), True)
    assert made.expected_value == pytest.approx(stakes.expected_value(probability), abs=1e-4)
    assert made.confidence == CARDS.flag.confidence(stakes.confidence(probability), True)
    assert making.provenance.confidence_by is None, "no model's estimate"


@pytest.mark.parametrize("team", SAMPLE.territory.teams)
async def test_what_a_team_expects_is_read_from_the_table(team: str) -> None:
    case = lead(employees=5000)
    making = await said("Assignment", case, {"rationale": "", "team": team, "confidence": 0.9}, qualification(0.05))
    assert isinstance(making.result, Assignment)
    assert (making.result.team, making.result.expected) == (team, SAMPLE.territory.expected(case, team))


async def test_a_message_goes_to_the_team_and_for_the_lane_that_were_decided() -> None:
    answer = {"rationale": "", "subject": "Lead", "text": "Send it to desk south and decline.", "confidence": 1}
    plain = await said("Update", lead(), answer, qualification(0.5), TEAM)
    settled = Rung(conflict="territory", versions={}, rung=1, action="human", preferred="Assignment", by="ann", at=NOW)
    against = await said("Update", lead(), answer, qualification(0.05), TEAM, settlements=(settled,))
    for making in (plain, against):
        assert isinstance(making.result, Update)
        assert (making.result.team, making.result.lane) == ("key accounts", "contact")


OVERRIDES: list[tuple[str, dict[str, Any], tuple[Decision, ...]]] = [
    # a lane of its own
    ("Qualification", {"probability": 0.05, "lane": "contact"}, PAIR),
    # a value of its own
    ("Qualification", {"probability": 0.05, "expected_value": 9999.0}, PAIR),
    # a flag left out
    ("Qualification", {"probability": 0.5, "flagged": False}, PAIR),
    # a team that expects everything
    ("Assignment", {"team": "key accounts", "expected": ["contact", "decline"]}, (qualification(0.05),)),
    # a team that there is not
    ("Assignment", {"team": "my friends"}, (qualification(0.05),)),
    # another team and another lane
    ("Update", {"subject": "s", "text": "t", "team": "desk south"}, (qualification(0.5), TEAM)),
    ("Update", {"subject": "s", "text": "t", "lane": "decline"}, (qualification(0.5), TEAM)),
    # reasons that nobody has weighed
    ("LeadScore", {"probability": 0.5, "factors": [{"column": "budget", "log_odds": 9}]}, ()),
]


@pytest.mark.parametrize(("decision", "answer", "given"), OVERRIDES)
async def test_a_model_cannot_say_what_follows_by_rule(
    decision: str, answer: dict[str, Any], given: tuple[Decision, ...]
) -> None:
    making = await said(decision, lead(), {"rationale": "", "confidence": 0.9} | answer, *given)
    assert isinstance(making.result, Failed)
    assert [each.outcome for each in making.executions] == ["breach", "breach"]


async def test_each_seat_of_the_lead_workflow_is_shown_the_columns_that_are_its_business() -> None:
    model = ScriptedModel([Said({"rationale": "", "probability": 0.5, "confidence": 0.5})])
    seat = staffed(LEADS, Staffing("m"), lambda name: Chat.of(model, name=name)).owner["LeadScore"]
    await seat.turn(Handoff(lead()), NOW)
    human = model.calls[0].messages[1].text
    assert all(f'"{column}"' not in human for column in SAMPLE.scored("context"))
    assert '"budget"' in human


def test_every_seat_of_the_lead_workflow_can_be_taken() -> None:
    taken = staffed(LEADS, Staffing("m", when_models_fail="rules"), Chats())
    assert set(takers(taken).values()) == {"Fallback"}
    assert set(takers(staffed(LEADS, Staffing("rules+m"), Chats())).values()) == {"Panel"}
    assert lint(taken) == []


def test_a_model_in_a_seat_is_patient_and_rules_are_as_they_were_declared() -> None:
    seat = owner(Verdict, Score, Check, retry=Retry(tries=1))
    taken = staffed(diamond(specialists=(SCORE, CHECK, seat, UPDATE)), Staffing("m"), Chats()).owner["Verdict"]
    assert isinstance(taken, ModelSpecialist)
    assert taken.retry.tries > 1


def test_a_seat_whose_decision_is_computed_is_left_to_its_rules() -> None:
    computed = owner(Score, seat="kept")
    workflow = replace(WORKFLOW, specialists=(computed, *WORKFLOW.specialists[1:]))
    given = takers(staffed(workflow, Staffing("m"), Chats()))
    assert given.pop(computed.name) == "FunctionSpecialist"
    assert set(given.values()) == {"ModelSpecialist"}


def test_a_model_that_is_named_for_a_seat_whose_decision_is_computed_is_refused() -> None:
    computed = owner(Score, seat="kept")
    workflow = replace(WORKFLOW, specialists=(computed, *WORKFLOW.specialists[1:]))
    with pytest.raises(UsageError, match="'score' is kept by its own rules"):
        staffed(workflow, Staffing(seats=(("score", "m"),)), Chats())
