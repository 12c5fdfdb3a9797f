"""Rules from answers: when one is proposed, what speaks for it, and what it makes of a workflow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile
from operator import eq

import pytest
from hypothesis import given
from hypothesis import strategies as some

from graphs.attention.rules import AT_LEAST, fitting, misfit, proposals, ruled
from graphs.conflict import AskHuman, Conflict, Prefer, Reconsider
from graphs.lead_qualification import lead_qualification
from graphs.lint import lint
from graphs.shape import Mesh
from graphs.shaped import shaped
from graphs.workflow import Workflow, differences
from state.errors import UsageError
from state.review import Voice
from state.rule import Said
from tests.support.leads import Check, Score, diamond, quality
from tests.support.triage import triage

BEGIN = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

WORKFLOW = diamond(Reconsider(Check), AskHuman())


def said(*stood: str | None, voice: Voice = "human", begin: int = 0, runs: int = 1000) -> list[Said]:
    """Answers, an hour apart, each to a run of its own where there are enough."""
    sides = frozenset({"Score", "Check"})
    return [
        Said("quality", sides, side, f"person {place % 3}", BEGIN + timedelta(hours=place), f"r{place % runs}", voice)
        for place, side in enumerate(stood, begin)
    ]


@given(some.lists(some.tuples(some.sampled_from(["Score", "Check", None]), some.booleans())), some.integers(1, 5))
def test_a_rule_is_proposed_where_and_only_where_the_newest_answers_of_people_agree(
    answers: list[tuple[str | None, bool]], at_least: int
) -> None:
    told = [
        replace(each, voice="human" if by_human else "policy")
        for each, (_, by_human) in zip(said(*(side for side, _ in answers)), answers, strict=True)
    ]
    by_people = [side for side, by_human in answers if by_human]
    newest = by_people[-at_least:]
    agree = len(newest) == at_least and len(set(newest)) == 1 and newest[0] is not None
    found = proposals(WORKFLOW, told[::-1], {}, at_least)
    assert [each.prefer for each in found] == ([newest[0]] if agree else [])
    for each in found:
        assert each.support.in_a_row == len(list(takewhile(partial(eq, each.prefer), by_people[::-1])))
        assert each.support.answers == len(by_people)
        assert each.support.agreed == by_people.count(each.prefer)


def test_a_proposal_tells_what_the_rule_would_have_done() -> None:
    answers = said(None, "Score", *["Check"] * 12, runs=10)
    [proposal] = proposals(WORKFLOW, answers, {})
    support = proposal.support
    assert (proposal.conflict, proposal.prefer, support.in_a_row, support.people) == ("quality", "Check", 12, 3)
    assert (support.answers, support.agreed) == (14, 12)
    # four runs were asked twice; the second time a human would still have been asked
    assert support.questions_saved == 10
    assert (support.since, support.last_at) == (BEGIN + timedelta(hours=2), BEGIN + timedelta(hours=13))


def test_one_answer_too_few_proposes_nothing() -> None:
    assert proposals(WORKFLOW, said(*["Check"] * (AT_LEAST - 1)), {}) == ()
    assert len(proposals(WORKFLOW, said(*["Check"] * AT_LEAST), {})) == 1


@pytest.mark.parametrize(
    "workflow",
    [
        pytest.param(diamond(), id="the conflict is gone"),
        pytest.param(diamond(Reconsider(Check), Prefer(Score)), id="its ladder ends without a human"),
        pytest.param(shaped(WORKFLOW, Mesh()), id="a mesh climbs no ladder"),
        pytest.param(replace(triage, conflicts=(replace(triage.conflicts[0], name="quality"),)), id="other sides"),
    ],
)
def test_nothing_is_proposed_for_a_workflow_that_could_not_have_the_rule(workflow: Workflow) -> None:
    assert proposals(workflow, said(*["Check"] * 12), {}) == ()
    assert misfit(workflow, "quality", "Check") is not None
    assert fitting(workflow, {"quality": "Check"}) == {}
    with pytest.raises(UsageError, match="The rule that Check stands in 'quality' does not fit"):
        ruled(workflow, {"quality": "Check"})


def test_nothing_is_proposed_for_a_conflict_that_has_a_rule() -> None:
    assert proposals(WORKFLOW, said(*["Check"] * 12), {"quality": "Score"}) == ()


def test_once_a_rule_is_revoked_it_takes_as_many_new_answers() -> None:
    answers = said(*["Check"] * 12)
    revoked = {"quality": BEGIN + timedelta(hours=11, minutes=30)}
    assert proposals(WORKFLOW, answers, {}, revoked=revoked) == ()
    [proposal] = proposals(WORKFLOW, answers + said(*["Check"] * 10, begin=12), {}, revoked=revoked)
    assert (proposal.support.in_a_row, proposal.support.answers) == (10, 22)


def test_a_rule_is_a_rung_right_before_the_first_human_and_changes_the_signature() -> None:
    after = ruled(WORKFLOW, {"quality": "Check"})
    assert after.conflicts == (quality(Reconsider(Check), Prefer(Check), AskHuman()),)
    assert differences(WORKFLOW.parts, after.parts) == [
        "conflict quality was 'Score/Check, version 1, Reconsider Check, AskHuman' "
        "and is 'Score/Check, version 1, Reconsider Check, Prefer Check, AskHuman'"
    ]
    assert after.signature != WORKFLOW.signature
    assert ruled(WORKFLOW, {}) is WORKFLOW


@pytest.mark.parametrize("workflow", [WORKFLOW, triage, lead_qualification()], ids=lambda each: each.name)
def test_a_rule_brings_no_finding(workflow: Workflow) -> None:
    conflict: Conflict = workflow.conflicts[0]
    for side in conflict.sides:
        assert lint(ruled(workflow, {conflict.name: side})) == lint(workflow)
