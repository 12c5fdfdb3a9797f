"""The economics page: what it says of who worked, what it charges, and prices to play with."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from streamlit.testing.v1 import AppTest

from runtime.desk.fake import FakeDesk
from state.execution import Execution
from state.run import RunRow, RunStory
from tests.app.conftest import Visit
from tests.app.words import read, shown, table
from tests.support.triage import triage
from tests.support.waiting import HOSTILE, TICKETS

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def story(case: int, *who: str, seconds: float = 30.0, **facts: Any) -> RunStory:
    """A run in which specialists worked one after another, each for as long."""
    run = RunRow(
        id=f"run-{case}",
        workflow="triage",
        case_id=f"t{case}",
        status="completed",
        batch=None,
        origin=None,
        flagged=False,
        questions=0,
        error=None,
        created_at=NOON,
        ended_at=NOON,
        decisions={},
    )
    calls = []
    for place, name in enumerate(who):
        starts = NOON + timedelta(seconds=(case * len(who) + place) * seconds)
        moments = {"ready_at": starts - timedelta(seconds=1), "started_at": starts}
        moments["ended_at"] = starts + timedelta(seconds=seconds)
        calls.append(Execution(decision="D", specialist=name, outcome="decided", **moments, **facts))
    told: dict[str, Any] = {"case": {}, "pins": {}, "records": (), "notes": (), "conflicts": (), "reviews": ()}
    return RunStory(run=run, executions=tuple(calls), effects=(), **told)


def desk(*stories: RunStory) -> FakeDesk:
    return FakeDesk({"triage": triage}, stories)


def tiles(at: AppTest) -> dict[str, tuple[str, str]]:
    return {metric.label: (metric.value, metric.delta) for metric in at.metric}


def test_it_says_who_worked_who_idled_and_what_limits(visit: Visit) -> None:
    at = visit(desk(*(story(case, "analyst", "router") for case in range(10))), "economics")
    assert tiles(at)["Cases"] == ("10", "in 10 min 1 s")
    assert tiles(at)["Bottleneck"] == ("analyst", "at most 2 cases/min")
    assert tiles(at)["Idle"] == ("50.1%", "of all servers' time")
    rows = table(at)
    assert [(row["who"], row["executions"], row["busy"], row["waited"]) for row in rows] == [
        ("analyst", 10, "5 min", "10.0 s"),
        ("router", 10, "5 min", "10.0 s"),
    ]
    assert "One more analyst would allow 2 cases/min, 0% more; then the next bottleneck is router." in read(at)


def test_prices_can_be_played_with(visit: Visit) -> None:
    at = visit(desk(*(story(case, "analyst") for case in range(10))), "economics")
    assert charge(at, "by seat") == "40.00"
    at.number_input[number(at, "A seat, a month")].set_value(7.0).run()
    assert charge(at, "by seat") == "7.00"
    at.number_input[number(at, "Cases a month")].set_value(100_000).run()
    # 30 seconds each need two seats that are busy for 80 % of a month at the most
    assert charge(at, "by seat") == "14.00"
    assert charge(at, "by execution") == "1,000.00"
    assert not at.exception


def number(at: AppTest, label: str) -> int:
    return next(place for place, each in enumerate(at.number_input) if each.label == label)


def charge(at: AppTest, licence: str) -> str:
    """What the specialists cost under a licence."""
    found = re.search(rf"<td>{licence}</td><td>([^<]*)</td>", shown(at))
    assert found is not None
    return found[1]


def test_break_evens_are_told(visit: Visit) -> None:
    said = read(visit(desk(*(story(case, "analyst") for case in range(10))), "economics"))
    # 0.01 each against 40 a month
    assert "by execution below 4,001 cases a month, by seat from there" in said
    assert "by token: none was used" in said


def test_tokens_are_charged_where_models_worked(visit: Visit) -> None:
    called = story(0, "analyst", model="m", tokens_in=1_000_000, tokens_out=500_000)
    at = visit(desk(called), "economics")
    assert charge(at, "by token") == "6.00"
    assert table(at)[0]["model calls"] == 1


def test_people_and_what_waits_are_told(desk: FakeDesk, visit: Visit) -> None:
    waiting = sum(len(each.reviews) for each in desk.stories.values())
    said = read(visit(desk, "economics"))
    assert f"of {waiting} open questions, at 3 min declared" in said
    assert "people are the bottleneck" in said
    assert tiles(visit(desk, "economics"))["Cases"][0] == str(len(TICKETS))


def test_names_from_outside_are_no_markup(visit: Visit) -> None:
    at = visit(desk(story(0, HOSTILE)), "economics")
    assert not at.exception
    assert not at.error
    assert "<script>" not in shown(at)
    assert "[click](" not in shown(at)


def test_a_period_without_work_says_so(visit: Visit) -> None:
    at = visit(desk(), "economics")
    assert "No specialist has worked on such runs yet" in at.info[0].value
    assert not at.metric


def test_work_that_took_no_time_is_no_error(visit: Visit) -> None:
    at = visit(desk(story(0, "analyst", seconds=0.0)), "economics")
    assert not at.exception
    assert not at.error
    assert "none of them is a bottleneck" in read(at)
