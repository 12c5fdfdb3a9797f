from dataclasses import replace
from graphlib import CycleError
from typing import Any

import pytest
from pydantic import Field, create_model

from agents.consensus import Unanimous
from agents.panel import Panel
from agents.specialist import FunctionSpecialist
from graphs.conflict import AskHuman, Ballot, Conflict, Prefer, Reconsider, Vote
from graphs.escalation import Escalation
from graphs.workflow import Deliver, Workflow, differences
from state.case import Case
from state.decision import Decision
from tests.support.leads import CHECK, SCORE, UPDATE, VERDICT, Check, Score, Update, Verdict, diamond, owner, quality

BASE = diamond(Reconsider(Check), AskHuman(), effects=(Deliver(Update),))


def with_ladder(*ladder: Any) -> Workflow:
    return replace(BASE, conflicts=(quality(*ladder),))


def with_score(changed: Any) -> Workflow:
    return replace(BASE, specialists=(changed, CHECK, VERDICT, UPDATE))


def voting(**options: Any) -> Workflow:
    return with_ladder(Vote((owner(Ballot, name="x"), owner(Ballot, name="y")), **options), AskHuman())


def panel(**options: Any) -> Workflow:
    return with_score(Panel("scores", (owner(Score, name="x"), owner(Score, name="y")), **options))


class OtherLead(Case):
    company: str = "Acme"


def wider_score() -> type[Decision]:
    return type("Score", (Score,), {"__annotations__": {"margin": float}, "margin": 0.0, "__module__": __name__})


def test_decisions_come_after_what_they_need() -> None:
    assert BASE.order == ("Score", "Check", "Verdict", "Update")


def test_a_circle_of_needs_has_no_order() -> None:
    with pytest.raises(CycleError):
        _ = replace(BASE, specialists=(owner(Score, Check), owner(Check, Score))).order


def test_upstream_and_downstream_reach_through_others() -> None:
    assert BASE.upstream["Update"] == {"Score", "Check", "Verdict"}
    assert BASE.downstream["Score"] == ("Verdict", "Update")
    assert BASE.downstream["Update"] == ()


def test_without_an_escalation_nothing_is_judged() -> None:
    workflow = replace(BASE, escalation=None)
    assert (workflow.judged, workflow.threshold) == (None, 0.0)


def test_an_effect_is_named_for_its_decision_and_channel() -> None:
    assert Deliver(Update, channel="mail").name == "deliver:Update:mail"


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        # the fields of the case
        (BASE, replace(BASE, case=OtherLead), "case OtherLead is new"),
        # the fields of a decision
        (BASE, with_score(replace(SCORE, decides=wider_score())), "contract of Score was "),
        # a declared version
        (
            BASE,
            with_score(replace(SCORE, version="2")),
            "specialist score was 'version 1, 4 attempts' and is 'version 2, 4 attempts'",
        ),
        # how often notes may have it made again
        (BASE, with_score(replace(SCORE, attempts=2)), "specialist score was 'version 1, 4 attempts' and is"),
        # another specialist
        (BASE, with_score(replace(SCORE, name="scorer")), "specialist scorer is new"),
        # what a decision is built on
        (
            BASE,
            replace(BASE, specialists=(SCORE, CHECK, owner(Verdict, Score), UPDATE)),
            "needs of Verdict was 'Score, Check' and is 'Score'",
        ),
        # one specialist fewer
        (BASE, replace(BASE, specialists=(SCORE, CHECK, VERDICT), effects=()), "contract of Update is gone"),
        # a conflict fewer
        (BASE, replace(BASE, conflicts=()), "conflict quality is gone"),
        # another predicate
        (
            BASE,
            replace(BASE, conflicts=(replace(BASE.conflicts[0], version="2"),)),
            "conflict quality was 'Score/Check, version 1, ",
        ),
        # other sides
        (
            BASE,
            replace(BASE, conflicts=(Conflict("quality", (Score, Verdict), lambda *_: False, (AskHuman(),)),)),
            "is 'Score/Verdict, version 1, AskHuman'",
        ),
        # another rung
        (BASE, with_ladder(Prefer(Score)), "and is 'Score/Check, version 1, Prefer Score'"),
        # the other side
        (with_ladder(Prefer(Score)), with_ladder(Prefer(Check)), "and is 'Score/Check, version 1, Prefer Check'"),
        # other words for the objection
        (BASE, with_ladder(Reconsider(Check, text="look"), AskHuman()), "Reconsider Check saying look"),
        # another suggestion
        (BASE, with_ladder(Reconsider(Check), AskHuman(suggest=Score)), "AskHuman suggesting Score"),
        # another rule for the vote
        (voting(), voting(rule=Unanimous()), "Vote by Unanimous() over x 1, y 1, quorum 0"),
        # another quorum for the vote
        (voting(), voting(quorum=1), "Vote by Majority() over x 1, y 1, quorum 1"),
        # another rule for the panel
        (panel(), panel(rule=Unanimous()), "1 of Unanimous() over x 1, y 1, quorum 0"),
        # another quorum for the panel
        (panel(), panel(quorum=1), "1 of Majority() over x 1, y 1, quorum 1"),
        # an effect fewer
        (BASE, replace(BASE, effects=()), "effect deliver:Update:default is gone"),
        # another channel
        (BASE, replace(BASE, effects=(Deliver(Update, channel="mail"),)), "effect deliver:Update:mail is new"),
        # a file goes with it
        (
            BASE,
            replace(BASE, effects=(Deliver(Update, attach=("paper",)),)),
            "effect deliver:Update:default was 'declared' and is \"declared, attach 'paper'\"",
        ),
        # another decision is judged
        (
            BASE,
            replace(BASE, escalation=Escalation(judged=Score, threshold=0.0)),
            "judged decision was 'Verdict' and is 'Score'",
        ),
    ],
)
def test_every_change_of_shape_changes_the_signature_and_is_said_in_words(
    before: Workflow, after: Workflow, difference: str
) -> None:
    assert before.signature != after.signature
    assert any(difference in line for line in differences(before.parts, after.parts)), differences(
        before.parts, after.parts
    )


def test_a_version_of_a_panel_member_or_voter_changes_the_signature() -> None:
    newer = (owner(Ballot, name="x", version="2"), owner(Ballot, name="y"))
    assert with_ladder(Vote(newer), AskHuman()).signature != voting().signature
    members = (owner(Score, name="x", version="2"), owner(Score, name="y"))
    assert with_score(Panel("scores", members)).signature != panel().signature


def test_another_name_is_another_signature() -> None:
    assert replace(BASE, name="other").signature != BASE.signature


@pytest.mark.parametrize(
    "same",
    [
        # the function itself is known by its version
        with_score(replace(SCORE, function=lambda _: Score())),
        # how it is called
        with_score(replace(SCORE, timeout=3.0)),
        # the threshold is pinned apart from the signature
        replace(BASE, escalation=Escalation(judged=Verdict, threshold=0.9)),
        # so is the profile
        replace(BASE, profile_digest="abc"),
        # made again from the same parts
        replace(BASE),
    ],
)
def test_what_a_run_is_not_pinned_to_by_shape_keeps_the_signature(same: Workflow) -> None:
    assert same.signature == BASE.signature
    assert differences(BASE.parts, same.parts) == []


@pytest.mark.parametrize(("threshold", "budget"), [(-0.1, 0.1), (1.1, 0.1), (0.5, 1.5), (0.5, -1.0)])
def test_an_escalation_is_a_share(threshold: float, budget: float) -> None:
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        Escalation(judged=Verdict, threshold=threshold, budget=budget)


def test_a_bound_of_a_field_is_part_of_the_contract() -> None:
    looser: type[Decision] = type(
        "Score",
        (Decision,),
        {"__annotations__": {"probability": float}, "probability": Field(default=0.5, ge=0), "__module__": __name__},
    )
    assert with_score(FunctionSpecialist(lambda _: Score(), "score", looser)).signature != BASE.signature


def test_how_a_contract_is_documented_is_no_part_of_it() -> None:
    class Score(Decision):
        """Said anew."""

        probability: float = Field(default=0.5, ge=0, le=1, title="P", examples=[0.3])
        """That it goes well."""

    documented = FunctionSpecialist(lambda _: Score(), "score", Score)
    assert "That it goes well." in str(Score.model_json_schema())
    assert with_score(documented).parts["contract of Score"] == BASE.parts["contract of Score"]


def test_a_field_that_is_called_title_and_a_default_with_a_title_are_parts_of_the_contract() -> None:
    def contract(**fields: tuple[object, object]) -> str:
        made = create_model("Score", __base__=Decision, **fields)  # type: ignore[call-overload]  # fields by name
        return with_score(FunctionSpecialist(lambda _: Score(), "score", made)).signature

    assert contract(title=(str, "a")) != contract()
    assert contract(said=(dict, {"title": "a"})) != contract(said=(dict, {"title": "b"}))
