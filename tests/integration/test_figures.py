"""The figures of a period on real databases: what is counted, on which day, and out of which index."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import Connection, update

from agents.specialist import Handoff, specialist
from graphs.catalogue import Catalogue, Entry
from graphs.conflict import AskHuman, Prefer, Resolver
from graphs.terms import Deadline, Terms
from graphs.workflow import Workflow
from runtime.roundhouse import Roundhouse
from state.figures import Day, Figures
from state.review import Approve
from state.run import ReviewRow, RunRow
from state.sql.database import Database
from state.sql.figures import LONGEST, read_figures
from state.sql.tables import runs
from tests.support.plans import plans
from tests.support.triage import Team, Ticket, Topic, Urgency, reply, topic, triage, urgency

NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")


@specialist(decides=Team, needs=(Urgency, Topic), name="team")
def yielding(handoff: Handoff[Ticket]) -> Team:
    """Gives way to an objection."""
    odd = handoff.case.trouble == "disagree" and not handoff.notes
    return Team(team="night" if odd else f"{handoff[Topic].topic} desk", confidence=0.9)


def with_ladder(*ladder: Resolver) -> Workflow:
    [conflict] = triage.conflicts
    return replace(triage, conflicts=(replace(conflict, ladder=ladder),))


WORKFLOWS = {
    "triage": triage,
    "other": triage,
    "strict": with_ladder(Prefer(Topic)),
    "direct": with_ladder(AskHuman(suggest=Team)),
    "yielding": replace(triage, specialists=(urgency, topic, yielding, reply)),
    "hurried": replace(triage, terms=(Terms(deadlines=(Deadline(timedelta(0), Approve()),)),)),
}


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, Catalogue({name: entry(name) for name in WORKFLOWS})) as opened:
        yield opened


def entry(name: str) -> Entry:
    return Entry(lambda profile: WORKFLOWS[name])


async def start(roundhouse: Roundhouse, trouble: str = "", workflow: str = "triage", at: datetime = NOW) -> RunRow:
    """A run that was started then."""
    run = await roundhouse.start(workflow, {"id": "t1", "text": "printer hums", "trouble": trouble})
    await roundhouse.store.write(_change, run.id, created_at=at)
    return run


def _change(connection: Connection, /, run: str, **facts: object) -> None:
    connection.execute(update(runs).where(runs.c.id == run).values(**facts))


async def question(roundhouse: Roundhouse, trouble: str = "disagree", workflow: str = "triage") -> ReviewRow:
    run = await start(roundhouse, trouble, workflow)
    [review] = await roundhouse.questions(run.id)
    return review


async def figures(
    roundhouse: Roundhouse, workflow: str | None = None, since: datetime | None = None, zone: tzinfo = UTC
) -> Figures:
    with time_machine.travel(NOW, tick=False):
        return roundhouse.store.read_now(read_figures, workflow, since, zone)


async def settled(roundhouse: Roundhouse, workflow: str | None = None) -> dict[str, int]:
    """How the one conflict was settled."""
    [found] = (await figures(roundhouse, workflow)).conflicts
    assert found.name == "night shift"
    assert found.cases == sum(found.settled.values())
    return dict(found.settled)


async def test_without_runs_there_is_nothing_to_count(roundhouse: Roundhouse) -> None:
    assert await figures(roundhouse) == Figures(
        cases=0,
        by_status={},
        ended=0,
        alone=0,
        asked=0,
        flagged=0,
        model_calls=0,
        tokens=0,
        cost=0.0,
        conflicts=(),
        waiting=0,
        oldest=None,
        days=(),
    )


async def test_cases_are_counted_by_what_became_of_them(roundhouse: Roundhouse) -> None:
    for trouble in ("", "flag", "unsure"):
        await start(roundhouse, trouble)
    for action in ("approve", "reject"):
        await roundhouse.answer((await question(roundhouse, "unsure")).id, action, by="ann", text="spam")
    found = await figures(roundhouse)
    assert (found.cases, found.by_status) == (5, {"completed": 3, "rejected": 1, "waiting": 1})
    assert (found.ended, found.alone, found.asked, found.flagged) == (4, 2, 3, 1)
    assert found.days == (Day(date=date(2026, 4, 2), cases=5, alone=2, asked=3, flagged=1),)


async def test_what_models_cost_is_summed_up(roundhouse: Roundhouse) -> None:
    for _ in range(2):
        run = await start(roundhouse)
        await roundhouse.store.write(_change, run.id, model_calls=2, tokens_in=300, tokens_out=40, cost=0.25)
    found = await figures(roundhouse)
    assert (found.model_calls, found.tokens, found.cost) == (4, 680, 0.5)


async def test_open_questions_are_those_of_now_whenever_the_case_was_started(roundhouse: Roundhouse) -> None:
    first, _ = await question(roundhouse, "unsure"), await question(roundhouse, "unsure")
    await roundhouse.claim(first.id, by="ann")
    found = await figures(roundhouse, since=NOW + timedelta(days=1))
    assert (found.cases, found.waiting, found.oldest) == (0, 2, first.opened_at)


async def test_figures_are_those_of_one_workflow_where_it_is_named(roundhouse: Roundhouse) -> None:
    await start(roundhouse)
    await question(roundhouse, "disagree", "other")
    found = await figures(roundhouse, "triage")
    assert (found.cases, found.waiting, found.conflicts, found.days[0].cases) == (1, 0, (), 1)
    assert (await figures(roundhouse, "other")).waiting == 1
    assert (await figures(roundhouse)).cases == 2


async def test_forks_count_nowhere(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "disagree")
    made = await roundhouse.fork(run.id, {"Urgency": {"level": 0}}, by="ann")
    assert made.questions
    found = await figures(roundhouse)
    assert (found.cases, found.asked, found.waiting, found.days[0].cases) == (1, 1, 1, 1)
    assert await settled(roundhouse) == {"waits for a human": 1}


async def test_conflicts_are_told_by_how_humans_settled_them(roundhouse: Roundhouse) -> None:
    answers: list[dict[str, object]] = [
        {"action": "approve"},
        {"action": "approve", "prefer": "Team"},
        {"action": "edit", "value": {"team": "fire brigade"}},
        {"action": "reject", "text": "spam"},
        {"action": "send_back", "text": "look again"},
    ]
    for answer in answers:
        await roundhouse.answer((await question(roundhouse)).id, by="ann", **answer)  # type: ignore[arg-type]  # as given
    assert await settled(roundhouse) == {
        "by a human: Topic": 1,
        "by a human: Team": 1,
        "by a human's edit": 1,
        "rejected": 1,
        # sent back, the team is the same again, and so is the question
        "waits for a human": 1,
    }


async def test_conflicts_are_told_by_the_rung_that_settled_them(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "disagree", "strict")
    await start(roundhouse, "disagree", "yielding")
    assert await settled(roundhouse, "strict") == {"by rule: Topic": 1}
    assert await settled(roundhouse, "yielding") == {"reconsidered": 1}


async def test_a_conflict_that_is_put_to_a_human_at_once_has_arisen(roundhouse: Roundhouse) -> None:
    review = await question(roundhouse, workflow="direct")
    assert await settled(roundhouse) == {"waits for a human": 1}
    await roundhouse.answer(review.id, "approve", by="ann")
    assert await settled(roundhouse) == {"by a human: Team": 1}


async def test_what_a_policy_settled_is_no_humans_word(roundhouse: Roundhouse) -> None:
    await start(roundhouse, "disagree", "hurried")
    await roundhouse.sweep()
    assert await settled(roundhouse) == {"by policy: Topic": 1}


async def test_a_conflict_of_a_cancelled_case_is_settled_with_it(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "disagree")
    await roundhouse.cancel(run.id, by="ann")
    assert await settled(roundhouse) == {"rejected": 1}


async def test_a_day_begins_at_midnight_where_the_viewer_is(roundhouse: Roundhouse) -> None:
    # on 29 March, clocks in Berlin go from 2 to 3; in Kathmandu midnight is at 18:15 UTC
    for at in ("28T22:59", "28T23:00", "29T21:59", "29T22:00"):
        await start(roundhouse, at=datetime.fromisoformat(f"2026-03-{at}+00:00"))
    in_berlin = await figures(roundhouse, zone=BERLIN)
    assert [(day.date.day, day.cases) for day in in_berlin.days] == [(28, 1), (29, 2), (30, 1), (31, 0), (1, 0), (2, 0)]
    in_kathmandu = await figures(roundhouse, zone=KATHMANDU)
    assert [(day.date.day, day.cases) for day in in_kathmandu.days] == [(29, 2), (30, 2), (31, 0), (1, 0), (2, 0)]


async def test_days_without_cases_are_there_and_older_ones_are_left_out(roundhouse: Roundhouse) -> None:
    for ago in (2, 400):
        await start(roundhouse, at=NOW - timedelta(days=ago))
    found = await figures(roundhouse)
    assert found.cases == 2
    assert len(found.days) == LONGEST
    assert sum(day.cases for day in found.days) == 1
    since = await figures(roundhouse, since=NOW - timedelta(days=7))
    assert (since.cases, [day.cases for day in since.days]) == (1, [1, 0, 0])


async def test_a_case_from_before_the_clock_was_set_back_has_its_day(roundhouse: Roundhouse) -> None:
    await start(roundhouse, at=NOW + timedelta(days=2))
    assert [(day.date.day, day.cases) for day in (await figures(roundhouse)).days] == [(4, 1)]


@pytest.mark.parametrize("workflow", [None, "triage"])
@pytest.mark.parametrize("since", [None, NOW])
def test_no_documents_of_runs_are_read(sqlite_database: Database, workflow: str | None, since: datetime | None) -> None:
    for plan in plans(sqlite_database, read_figures, workflow, since):
        assert "COVERING INDEX ix_runs_listed" in plan or "INDEX sqlite_autoindex_runs_1 (id=?)" in plan
