"""Rules from answers, on a real database: proposed, accepted, kept to by new runs only, and revoked."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from graphs.attention.rules import AT_LEAST
from graphs.conflict import AskHuman
from graphs.terms import Deadline, Terms
from runtime.desk.live import LiveDesk
from runtime.migrating import not_migrated
from runtime.roundhouse import Roundhouse
from runtime.rulebook import Change
from runtime.settings import Settings
from state.errors import UsageError
from state.review import Reject
from state.rule import RuleRow
from state.run import RunRow
from state.staffing import Staffing
from state.trial import ShapeName
from tests.support.desks import catalogue
from tests.support.triage import triage


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue(triage)) as opened:
        yield opened


async def torn(roundhouse: Roundhouse, case: str) -> RunRow:
    """A new run of a ticket about which the two disagree."""
    ticket = {"id": case, "text": "printer hums", "trouble": "disagree"}
    return await roundhouse.start("triage", ticket, run=f"run-{case}")


async def answered(roundhouse: Roundhouse, count: int, begin: int = 0, prefer: str | None = None) -> None:
    """So many more of them, which people have answered the same way."""
    for place in range(begin, begin + count):
        run = await torn(roundhouse, f"t{place}")
        [review] = await roundhouse.questions(run.id)
        await roundhouse.answer(review.id, "approve", by=("ann", "bob")[place % 2], prefer=prefer)


async def ruling(roundhouse: Roundhouse) -> RuleRow:
    """The rule that three answers of people suggest, accepted."""
    change = roundhouse.rulebook.acceptance("triage", "night shift", 3)
    return await roundhouse.rulebook.accept(change, by="ann", at_least=3)


async def test_ten_answers_make_a_proposal_and_accepted_it_settles_the_next_case(roundhouse: Roundhouse) -> None:
    await answered(roundhouse, 9)
    assert roundhouse.rulebook.chapters() == []
    await answered(roundhouse, 1, begin=9)
    [chapter] = roundhouse.rulebook.chapters()
    [proposal] = chapter.proposals
    assert (proposal.conflict, proposal.prefer) == ("night shift", "Topic")
    support = proposal.support
    assert (support.in_a_row, support.people, support.answers, support.questions_saved) == (10, 2, 10, 10)

    change = roundhouse.rulebook.acceptance("triage", "night shift")
    [difference] = change.differences
    assert "Reconsider Team, Prefer Topic, AskHuman suggesting Topic" in difference
    await roundhouse.rulebook.accept(change, by="ann")
    [chapter] = roundhouse.rulebook.chapters()
    assert chapter.proposals == ()
    [accepted] = chapter.accepted
    assert (accepted.rule.prefer, accepted.rule.accepted_by, accepted.misfit) == ("Topic", "ann", None)

    run = await torn(roundhouse, "next")
    assert (run.status, run.questions) == ("completed", 0)
    story = await roundhouse.show(run.id)
    assert [(rung.action, rung.preferred, rung.rung) for rung in story.conflicts] == [
        ("reconsider", None, 0),
        ("prefer", "Topic", 1),
    ]
    assert story.pins["rules"] == {"night shift": "Topic"}
    trail = await roundhouse.audit(run.id)
    assert trail.verdict.is_whole
    assert json.loads(trail.rows[0].payload or "")["after"]["pins"]["rules"] == {"night shift": "Topic"}


async def test_a_run_that_began_before_is_answered_under_what_it_took_down(
    roundhouse: Roundhouse, database_url: str
) -> None:
    await answered(roundhouse, 3)
    before = await torn(roundhouse, "before")
    await ruling(roundhouse)
    [review] = await roundhouse.questions(before.id)
    assert (await roundhouse.answer(review.id, "approve", by="bob", prefer="Team")).status == "completed"
    # a process that is opened later finds the rule, and each run what it began with
    waits = await torn(roundhouse, "ruled")
    async with Roundhouse.open(database_url, catalogue(triage)) as later:
        assert (await later.driver_of(before.id)).workflow.signature == triage.signature
        assert (await later.driver_of(waits.id)).workflow.signature != triage.signature
        assert (await torn(later, "later")).status == "completed"


async def test_a_run_that_began_before_has_the_rule_once_it_is_migrated(roundhouse: Roundhouse) -> None:
    await answered(roundhouse, 3)
    before = await torn(roundhouse, "before")
    await ruling(roundhouse)
    assert await not_migrated(roundhouse, "triage", None) == [before.id]
    migration = await roundhouse.migrate(before.id, by="ann")
    assert migration.status == "completed"
    assert "Prefer Topic" in migration.differences[0]
    story = await roundhouse.show(before.id)
    assert story.pins["rules"] == {"night shift": "Topic"}
    assert story.conflicts[-1].action == "prefer"
    await roundhouse.rulebook.revoke("triage", "night shift", by="bob")
    fork = await roundhouse.fork(before.id, {"Urgency": {"level": 9}}, by="ann")
    assert fork.run.status == "completed"


async def test_a_revoked_rule_is_no_rung_any_more_and_is_not_proposed_from_the_same_answers(
    roundhouse: Roundhouse,
) -> None:
    await answered(roundhouse, 3)
    await ruling(roundhouse)
    revocation = roundhouse.rulebook.revocation("triage", "night shift")
    assert "and is 'Topic/Team, version 1, Reconsider Team, AskHuman suggesting Topic'" in revocation.differences[0]
    rule = await roundhouse.rulebook.revoke("triage", "night shift", by="bob")
    assert (rule.accepted_by, rule.revoked_by, rule.is_active) == ("ann", "bob", False)
    run = await torn(roundhouse, "after")
    assert run.status == "waiting"
    assert "rules" not in (await roundhouse.show(run.id)).pins
    assert roundhouse.rulebook.chapters() == []
    with pytest.raises(UsageError, match="there is none such since its last rule was revoked"):
        roundhouse.rulebook.acceptance("triage", "night shift")
    with pytest.raises(UsageError, match="has no rule"):
        await roundhouse.rulebook.revoke("triage", "night shift", by="bob")
    await answered(roundhouse, 3, begin=20)
    assert (await ruling(roundhouse)).id != rule.id


async def test_of_two_that_accept_at_once_one_is_refused(roundhouse: Roundhouse, database_url: str) -> None:
    await answered(roundhouse, 3)
    async with Roundhouse.open(database_url, catalogue(triage)) as other:
        change: Change = roundhouse.rulebook.acceptance("triage", "night shift", 3)
        both = (
            roundhouse.rulebook.accept(change, by="ann", at_least=3),
            other.rulebook.accept(change, by="bob", at_least=3),
        )
        came = await asyncio.gather(*both, return_exceptions=True)
    refused = [each for each in came if isinstance(each, UsageError)]
    assert len(refused) == 1
    assert "has a rule already" in str(refused[0])


async def test_a_proposal_that_people_have_answered_otherwise_since_is_not_accepted(roundhouse: Roundhouse) -> None:
    await answered(roundhouse, 3)
    change = roundhouse.rulebook.acceptance("triage", "night shift", 3)
    await answered(roundhouse, 1, begin=3, prefer="Team")
    with pytest.raises(UsageError, match=r"it takes 3 answers .* and the newest alone let Team stand"):
        await roundhouse.rulebook.accept(change, by="ann", at_least=3)
    assert (await torn(roundhouse, "next")).status == "waiting"


async def test_policies_and_forks_are_not_counted_and_another_answer_breaks_the_row(
    roundhouse: Roundhouse, database_url: str
) -> None:
    await answered(roundhouse, 3)
    hasty = replace(triage, terms=(Terms(deadlines=(Deadline(timedelta(0), Reject()),)),))
    async with Roundhouse.open(database_url, catalogue(hasty)) as other:
        run = await torn(other, "policy")
        await other.sweep()
        assert (await other.run(run.id)).status == "rejected"
    fork = await roundhouse.fork("run-t0", {"Urgency": {"level": 9}}, by="ann")
    assert fork.run.origin == "run-t0"
    [proposal] = roundhouse.rulebook.chapters("triage", at_least=3)[0].proposals
    assert (proposal.support.in_a_row, proposal.support.answers) == (3, 3)
    edited = await torn(roundhouse, "edited")
    [review] = await roundhouse.questions(edited.id)
    await roundhouse.answer(review.id, "edit", by="ann", decision="Team", value={"team": "printer desk"})
    assert roundhouse.rulebook.chapters("triage", at_least=3)[0].proposals == ()


async def test_a_rule_that_fits_no_more_is_left_out_with_a_line_in_the_log(
    roundhouse: Roundhouse, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await answered(roundhouse, 3)
    await ruling(roundhouse)
    renamed = replace(triage, conflicts=(replace(triage.conflicts[0], name="late shift", ladder=(AskHuman(),)),))
    async with Roundhouse.open(database_url, catalogue(renamed)) as later:
        with caplog.at_level(logging.WARNING, logger="runtime.rulebook"):
            run = await torn(later, "next")
        assert run.status == "waiting"
        assert "rules" not in (await later.show(run.id)).pins
        [accepted] = later.rulebook.chapters()[0].accepted
        assert accepted.misfit == "it has no conflict 'night shift'"
        assert later.rulebook.revocation("triage", "night shift").differences == ()
    assert "is left out: it has no conflict 'night shift'" in caplog.text


@pytest.mark.parametrize(
    ("conflict", "words"),
    [
        ("day shift", "triage has no conflict 'day shift'. It has night shift."),
        ("night shift", "it takes 10 answers of people in a row that let the same side stand, and there is none such."),
    ],
)
async def test_what_is_not_proposed_cannot_be_accepted(roundhouse: Roundhouse, conflict: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        roundhouse.rulebook.acceptance("triage", conflict)
    assert words in str(refused.value)


async def test_a_shape_that_climbs_no_ladder_goes_without_the_rule(roundhouse: Roundhouse) -> None:
    await answered(roundhouse, 3)
    await ruling(roundhouse)
    for shape, rules in (("mesh", {}), ("pipeline", {"night shift": "Topic"})):
        driver = await roundhouse.driver("triage", staffing=Staffing(shape=cast(ShapeName, shape)))
        assert (await driver.pins(datetime.now(UTC))).get("rules", {}) == rules


def test_a_page_accepts_a_rule_and_answers_runs_with_and_without_it(database_url: str, tmp_path: Path) -> None:
    desk = LiveDesk.open(Settings(database_url=database_url, files=tmp_path), catalogue(triage))
    try:
        for place in range(AT_LEAST + 1):
            desk.start("triage", None, {"id": f"t{place}", "text": "printer hums", "trouble": "disagree"})
        before, *others = desk.inbox().reviews
        for review in others:
            desk.answer(review.id, "approve", by="ann")
        [chapter] = desk.rules.chapters()
        assert chapter.proposals[0].support.in_a_row == AT_LEAST
        desk.rules.accept(desk.rules.acceptance("triage", "night shift"), by="ann")
        waits = desk.start("triage", None, {"id": "ruled", "text": "printer hums", "trouble": "escalate"})
        view = desk.run(waits.id)
        assert (view.story.pins["rules"], view.known.trouble) == ({"night shift": "Topic"}, "")
        assert desk.run(before.run).known.trouble == ""
        assert desk.answer(before.id, "approve", by="bob").status == "completed"
        [review] = view.open_reviews
        assert desk.answer(review.id, "edit", by="bob", value={"level": 3}).status == "completed"
        assert desk.rules.revoke("triage", "night shift", by="bob").revoked_by == "bob"
    finally:
        desk.close()
