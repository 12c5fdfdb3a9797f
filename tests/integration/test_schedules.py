"""Schedules: a case is run again when its time has come, once, whoever looks, whatever is missed or killed."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from agents.files import FileStore
from graphs.catalogue import Catalogue, Entry
from graphs.workflow import Workflow
from runtime.channels.folder import FolderChannel
from runtime.roundhouse import Roundhouse
from runtime.schedules import Started, _start, run_of
from state.case import Case
from state.errors import UsageError
from state.run import RunFilter, RunRow
from state.schedule import ScheduleRow
from state.sql.footprint import find_footprint
from state.sql.runs import take_lease
from tests.support.papers import Wish, catalogue, papers
from tests.support.person import everything, execute

BEGIN = datetime(2026, 4, 20, 12, tzinfo=UTC)
"""When every standing case is run."""
MONTHLY = {"schedule": "0 7 2 * *", "zone": "Europe/Vienna"}
HOURLY = {"schedule": "0 * * * *"}


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def clock() -> Iterator[Any]:
    """The clock of the tests, which they set."""
    with time_machine.travel(BEGIN, tick=True) as traveller:
        yield traveller


@pytest.fixture
async def roundhouse(database_url: str, files: FileStore, clock: Any) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue(files)) as opened:
        yield opened


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def stand(roundhouse: Roundhouse, case: str = "w1", text: str = "a letter", **times: str) -> RunRow:
    return await roundhouse.start("papers", {"id": case, "text": text, **times})


async def only(roundhouse: Roundhouse) -> ScheduleRow:
    [schedule] = await roundhouse.schedules()
    return schedule


async def cases(roundhouse: Roundhouse) -> list[str]:
    """The cases of all runs, in the order of their start."""
    return [run.case_id for run in reversed(await roundhouse.runs())]


async def test_a_completed_run_keeps_when_its_case_is_run_again(roundhouse: Roundhouse) -> None:
    run = await stand(roundhouse, **MONTHLY)
    schedule = await only(roundhouse)
    assert (schedule.workflow, schedule.case_id, schedule.run) == ("papers", "w1", run.id)
    assert (schedule.cron, schedule.zone, schedule.status) == ("0 7 2 * *", "Europe/Vienna", "active")
    assert schedule.next_at == utc("2026-05-02 05:00")
    assert (schedule.last_at, schedule.last_run, schedule.error) == (None, None, None)
    assert schedule.case_data == {"id": "w1", "text": "a letter", **MONTHLY}
    trail = await roundhouse.audit(run.id)
    assert ("scheduled", schedule.id) in [(row.action, row.subject) for row in trail.rows]
    assert trail.verdict.is_whole


async def test_a_run_that_is_not_at_its_end_keeps_no_schedule(roundhouse: Roundhouse) -> None:
    assert (await stand(roundhouse, text="nothing", **MONTHLY)).status == "waiting"
    assert await roundhouse.schedules() == []
    [review] = await roundhouse.inbox()
    await roundhouse.answer(review.id, "reject", by="ann", text="there is nothing")
    assert await roundhouse.schedules() == []


async def test_a_case_that_is_for_once_has_no_schedule(roundhouse: Roundhouse) -> None:
    await stand(roundhouse)
    assert await roundhouse.schedules() == []


@pytest.mark.parametrize("effects", ["hold back", "deliver"])
async def test_a_fork_changes_no_schedule(roundhouse: Roundhouse, files: FileStore, effects: Any) -> None:
    run = await stand(roundhouse, **MONTHLY)
    before = await only(roundhouse)
    draft = {"table": files.keep(b"x", "x.parquet").model_dump()}
    forked = await roundhouse.fork(run.id, {"Draft": draft}, by="ann", effects=effects)
    assert (forked.run.status, await only(roundhouse)) == ("completed", before)


async def test_when_its_time_has_come_the_case_is_run_as_one_of_its_own(
    roundhouse: Roundhouse, clock: Any, tmp_path: Path
) -> None:
    await stand(roundhouse, text="a page", **MONTHLY)
    clock.move_to(utc("2026-05-02 04:59:59"))
    assert await roundhouse.sweep() == []
    clock.move_to(utc("2026-05-02 05:00:01"))
    told: list[Started] = []
    [run] = await roundhouse.sweep(told.append)
    story = await roundhouse.show(run)
    assert (story.run.status, story.run.case_id) == ("completed", "w1@2026-05-02T07:00")
    assert story.case["text"] == "a page of 2026-05-02"
    assert [(each.status, each.corrects) for each in story.effects] == [("pending", None)]
    [started] = told
    assert (started.run, started.case, started.status) == (run, story.run.case_id, "completed")
    assert f"{started.moment:%H:%M %Z}" == "07:00 CEST"
    schedule = await only(roundhouse)
    assert (schedule.last_at, schedule.last_run, schedule.last_status) == (utc("2026-05-02 05:00"), run, "completed")
    assert schedule.next_at == utc("2026-06-02 05:00")
    assert await roundhouse.sweep() == []


async def test_a_run_that_a_schedule_started_makes_no_other_schedule(roundhouse: Roundhouse, clock: Any) -> None:
    await stand(roundhouse, **HOURLY)
    clock.move_to(utc("2026-04-20 13:00:01"))
    [run] = await roundhouse.sweep()
    story = await roundhouse.show(run)
    assert story.case["schedule"] == HOURLY["schedule"], "its case says so, and is not asked"
    schedule = await only(roundhouse)
    assert story.pins["schedule"] == schedule.id
    assert schedule.case_id == "w1"


@pytest.mark.parametrize("seed", range(6))
async def test_of_missed_moments_the_latest_is_made_up_once(roundhouse: Roundhouse, clock: Any, seed: int) -> None:
    generator = random.Random(seed)
    await stand(roundhouse, **HOURLY)
    now, expected = BEGIN + timedelta(seconds=1), ["w1"]
    for _ in range(8):
        hour = now.replace(minute=0, second=0)
        now += timedelta(minutes=generator.choice((5, 30, 61, 300, 5000)))
        clock.move_to(now)
        latest = now.replace(minute=0, second=0)
        for _ in range(generator.randrange(1, 3)):
            await roundhouse.sweep()
        if latest > hour:
            expected.append(f"w1@{latest:%Y-%m-%dT%H:%M}")
        assert (await only(roundhouse)).next_at == latest + timedelta(hours=1)
    assert await cases(roundhouse) == expected


CHANGES = [
    # a night on which the clock is set, and which cases are run in it and the day after
    ("2026-03-28", "30 2 * * *", ["03-28T02:30", "03-29T03:00", "03-30T02:30"]),
    ("2026-10-24", "30 2 * * *", ["10-24T02:30", "10-25T02:30", "10-26T02:30"]),
]


@pytest.mark.parametrize(("begin", "cron", "expected"), CHANGES)
async def test_a_night_on_which_the_clock_is_set_has_one_run_too(
    roundhouse: Roundhouse, clock: Any, begin: str, cron: str, expected: list[str]
) -> None:
    clock.move_to(utc(begin))
    await stand(roundhouse, schedule=cron, zone="Europe/Vienna")
    for quarters in range(4 * 24 * 2 + 12):
        clock.move_to(utc(begin) + timedelta(minutes=15 * quarters, seconds=5))
        await roundhouse.sweep()
    assert await cases(roundhouse) == ["w1", *(f"w1@2026-{moment}" for moment in expected)]


async def test_several_who_sweep_at_once_start_one_run(
    database_url: str, files: FileStore, roundhouse: Roundhouse, clock: Any
) -> None:
    for number in range(5):
        await stand(roundhouse, f"w{number}", **MONTHLY)
    clock.move_to(utc("2026-07-03 12:00"))
    async with Roundhouse.open(database_url, catalogue(files)) as other:
        came = await asyncio.gather(*(each.sweep() for each in (roundhouse, other) for _ in range(3)))
    runs = [run for each in came for run in each]
    assert len(runs) == len(set(runs)) == 5
    assert sorted(await cases(roundhouse))[1::2] == [f"w{number}@2026-07-02T07:00" for number in range(5)]
    assert {each.next_at for each in await roundhouse.schedules()} == {utc("2026-08-02 05:00")}


async def test_whoever_is_killed_between_start_and_next_moment_has_nothing_repeated(
    roundhouse: Roundhouse, clock: Any
) -> None:
    await stand(roundhouse, **MONTHLY)
    clock.move_to(utc("2026-05-02 05:00:01"))
    due = await only(roundhouse)
    assert await _start(roundhouse, due, due.next_at) is not None
    assert (await only(roundhouse)).next_at == due.next_at
    assert await roundhouse.sweep() == []
    after = await only(roundhouse)
    assert (after.next_at, after.last_run) == (utc("2026-06-02 05:00"), run_of(due, due.next_at))
    assert await cases(roundhouse) == ["w1", "w1@2026-05-02T07:00"]


async def test_a_run_that_was_cut_off_goes_on_and_is_no_second_one(
    database_url: str, files: FileStore, clock: Any
) -> None:
    pauses = [0.0]
    async with Roundhouse.open(database_url, catalogue(files, lambda: pauses[0])) as roundhouse:
        await stand(roundhouse, **MONTHLY)
        clock.move_to(utc("2026-05-02 05:00:01"))
        pauses[0] = 60.0
        sweeping = asyncio.ensure_future(roundhouse.sweep())
        while not await roundhouse.runs(RunFilter(status="running")):
            await asyncio.sleep(0.02)
        sweeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sweeping
        pauses[0] = 0.0
        [run] = await roundhouse.sweep()
        assert ((await roundhouse.run(run)).status, len(await roundhouse.runs())) == ("completed", 2)
        assert (await only(roundhouse)).next_at == utc("2026-06-02 05:00")


def changed(**fields: Any) -> Any:
    return lambda workflow: replace(workflow, **fields)


class Other(Case):
    """A case that no wish fits."""

    text: str
    colour: str


BROKEN = [
    # what has become of the workflow, what the case says, and what is said of it
    (changed(recurrence=None), "a letter", "Workflow 'papers' runs no case again by itself any more."),
    (changed(case=Other), "a letter", "colour"),
    (changed(effects=(), specialists=()), "a letter", "RH100"),
    (changed(), "a wreck", "RuntimeError: no such day"),
    (changed(), "an alias", "The case for 2026-05-02 07:00 is called 'w1', as the one that stands for all."),
]


@pytest.mark.parametrize(("change", "text", "says"), BROKEN)
async def test_a_schedule_that_cannot_start_says_why_and_is_tried_at_its_next_moment(
    database_url: str, files: FileStore, clock: Any, caplog: pytest.LogCaptureFixture, change: Any, text: str, says: str
) -> None:
    workflows = [papers(files)]
    known = Catalogue({"papers": Entry(lambda profile: workflows[0])})
    async with Roundhouse.open(database_url, known) as roundhouse:
        await stand(roundhouse, text=text, **MONTHLY)
    workflows[0] = change(workflows[0])
    clock.move_to(utc("2026-05-02 05:00:01"))
    async with Roundhouse.open(database_url, known) as roundhouse:
        with caplog.at_level(logging.WARNING):
            assert await roundhouse.sweep() == []
            assert await roundhouse.sweep() == []
        schedule = await only(roundhouse)
        assert says in str(schedule.error)
        assert (schedule.next_at, schedule.last_run) == (utc("2026-06-02 05:00"), None)
        assert [record.getMessage().startswith(f"Schedule {schedule.id!r}") for record in caplog.records] == [True]
        assert len(await roundhouse.runs()) == 1


async def test_a_mended_schedule_goes_on_and_forgets_its_error(
    database_url: str, files: FileStore, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with Roundhouse.open(database_url, catalogue(files)) as roundhouse:
        await stand(roundhouse, **MONTHLY)
    clock.move_to(utc("2026-05-02 05:00:01"))
    async with Roundhouse.open(database_url, Catalogue({})) as without:
        await without.sweep()
        assert "Workflow 'papers' is not known" in str((await only(without)).error)
    clock.move_to(utc("2026-06-02 05:00:01"))
    async with Roundhouse.open(database_url, catalogue(files)) as roundhouse:
        [run] = await roundhouse.sweep()
        assert (await only(roundhouse)).error is None
        assert (await roundhouse.run(run)).case_id == "w1@2026-06-02T07:00"


async def test_what_is_wrong_with_one_schedule_holds_up_no_other(
    roundhouse: Roundhouse, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for case, text in (("a", "a wreck"), ("b", "a letter"), ("c", "a letter"), ("d", "a letter")):
        await stand(roundhouse, case, text, **MONTHLY)
    spoil = "UPDATE schedules SET {} WHERE case_id = :case"
    await roundhouse.store.write(execute, spoil.format("cron = 'now and then'"), {"case": "c"})
    await roundhouse.store.write(execute, spoil.format("zone = 'Europe/Atlantis'"), {"case": "d"})
    clock.move_to(utc("2026-05-02 05:00:01"))
    [run] = await roundhouse.sweep()
    assert (await roundhouse.run(run)).case_id == "b@2026-05-02T07:00"
    errors = {each.case_id: str(each.error) for each in await roundhouse.schedules()}
    assert errors["a"] == "RuntimeError: no such day"
    assert errors["c"].startswith("'now and then' is no cron expression")
    assert errors["d"].startswith("'Europe/Atlantis' is no time zone")
    assert len(caplog.records) == 3
    assert await roundhouse.sweep() == [], "they are tried the next day"


async def test_a_run_that_declares_nonsense_fails_in_one_line(roundhouse: Roundhouse) -> None:
    run = await stand(roundhouse, schedule="now and then")
    assert (run.status, await roundhouse.schedules()) == ("failed", [])
    assert run.error == "'now and then' is no cron expression: Wrong number of fields. Write such as '0 7 2 * *'."


async def test_a_stopped_schedule_starts_nothing_until_it_is_resumed(roundhouse: Roundhouse, clock: Any) -> None:
    run = await stand(roundhouse, **HOURLY)
    schedule = await only(roundhouse)
    stopped = await roundhouse.stop_schedule("w1", by="ann")
    assert (stopped.status, stopped.changed_by) == ("stopped", "ann")
    with pytest.raises(UsageError, match="is stopped already"):
        await roundhouse.stop_schedule(schedule.id[:6], by="bob")
    clock.move_to(utc("2026-04-20 18:30"))
    assert await roundhouse.sweep() == []
    resumed = await roundhouse.resume_schedule(schedule.id, by="bob")
    assert (resumed.status, resumed.next_at) == ("active", utc("2026-04-20 19:00"))
    assert await roundhouse.sweep() == [], "what it was stopped for is not made up"
    clock.move_to(utc("2026-04-20 19:00:01"))
    assert len(await roundhouse.sweep()) == 1
    trail = await roundhouse.audit(run.id)
    assert [(row.action, row.actor) for row in trail.rows if row.subject == schedule.id] == [
        ("scheduled", "hub"),
        ("stopped", "ann"),
        ("resumed", "bob"),
    ]
    assert trail.verdict.is_whole


async def test_a_schedule_that_is_not_there_is_said(roundhouse: Roundhouse) -> None:
    await stand(roundhouse, **HOURLY)
    for name in ("nothing", "", "%"):
        with pytest.raises(UsageError, match="does not exist, or is not the only one"):
            await roundhouse.stop_schedule(name, by="ann")


async def test_a_case_that_is_run_again_changes_its_schedule(roundhouse: Roundhouse, clock: Any) -> None:
    await stand(roundhouse, **HOURLY)
    first = await only(roundhouse)
    clock.move_to(utc("2026-04-20 15:30"))
    again = await stand(roundhouse, text="another letter", **HOURLY)
    same = await only(roundhouse)
    assert (same.id, same.run, same.case_data["text"]) == (first.id, again.id, "another letter")
    assert same.next_at == first.next_at, "what was missed is still to be made up"
    await roundhouse.stop_schedule("w1", by="ann")
    await stand(roundhouse, **MONTHLY)
    moved = await only(roundhouse)
    assert (moved.cron, moved.next_at) == ("0 7 2 * *", utc("2026-05-02 05:00"))
    assert moved.status == "stopped", "a person's word stands"
    once = await stand(roundhouse)
    assert await roundhouse.schedules() == []
    actions = [row.action for row in (await roundhouse.audit(once.id)).rows if row.subject == first.id]
    assert actions == ["unscheduled"]


async def test_who_has_which_seat_and_the_profile_go_from_run_to_run(
    database_url: str, files: FileStore, clock: Any
) -> None:
    made: list[str | None] = []

    def make(profile: str | None) -> Workflow:
        made.append(profile)
        return papers(files)

    async with Roundhouse.open(database_url, Catalogue({"papers": Entry(make)})) as roundhouse:
        given = {"id": "w1", "text": "a letter", **HOURLY}
        await roundhouse.start("papers", given, profile="mine")
        assert (await only(roundhouse)).profile == "mine"
        clock.move_to(utc("2026-04-20 13:00:01"))
        [run] = await roundhouse.sweep()
        assert (await roundhouse.show(run)).pins["profile"] == "mine"
    assert set(made) == {"mine"}


async def test_the_schedule_that_started_a_run_is_kept_when_that_is_migrated(
    database_url: str, files: FileStore, clock: Any
) -> None:
    async with Roundhouse.open(database_url, catalogue(files)) as roundhouse:
        await stand(roundhouse, **HOURLY)
        schedule = await only(roundhouse)
        empty = "UPDATE schedules SET case_data = :data"
        data = Wish(id="w1", text="nothing", **HOURLY).model_dump_json()
        await roundhouse.store.write(execute, empty, {"data": data})
        clock.move_to(utc("2026-04-20 13:00:01"))
        [run] = await roundhouse.sweep()
        assert (await roundhouse.run(run)).status == "waiting"
    newer = replace(papers(files), name="papers of today")
    async with Roundhouse.open(database_url, Catalogue({"papers": Entry(lambda profile: newer)})) as roundhouse:
        await roundhouse.migrate(run, by="ann")
        assert (await roundhouse.show(run)).pins["schedule"] == schedule.id


async def test_forgetting_a_case_takes_its_schedule_and_what_that_has_started(
    roundhouse: Roundhouse, clock: Any, files: FileStore
) -> None:
    await stand(roundhouse, "ada.lovelace", **HOURLY)
    await stand(roundhouse, "bob", **HOURLY)
    clock.move_to(utc("2026-04-20 13:00:01"))
    assert len(await roundhouse.sweep()) == 2
    footprint = await roundhouse.store.read(find_footprint, "ada.lovelace", None)
    assert [each.cron for each in footprint.schedules] == ["0 * * * *"]
    assert [run.case_id for run in footprint.runs] == ["ada.lovelace", "ada.lovelace@2026-04-20T13:00"]
    forgotten = await roundhouse.forget("ada.lovelace", by="ann")
    assert (len(forgotten.runs), forgotten.schedules, forgotten.busy) == (2, 1, ())
    assert "lovelace" not in await roundhouse.store.read(everything)
    clock.move_to(utc("2026-04-20 14:00:01"))
    [run] = await roundhouse.sweep()
    assert (await roundhouse.run(run)).case_id == "bob@2026-04-20T14:00"


async def test_while_a_run_is_busy_the_schedule_of_its_case_stays_and_starts_nothing(
    roundhouse: Roundhouse, clock: Any
) -> None:
    await stand(roundhouse, "lovelace", **HOURLY)
    clock.move_to(utc("2026-04-20 13:00:01"))
    [run] = await roundhouse.sweep()
    await roundhouse.store.write(take_lease, run, "elsewhere:1:2:3", datetime.now(UTC))
    forgotten = await roundhouse.forget("lovelace", by="ann")
    assert (len(forgotten.runs), len(forgotten.busy), forgotten.schedules) == (1, 1, 0)
    schedule = await only(roundhouse)
    assert (schedule.status, schedule.run.startswith("forgotten-")) == ("stopped", True)
    clock.move_to(utc("2026-04-20 14:30"))
    assert await roundhouse.sweep() == []
    again = await roundhouse.forget("lovelace", by="ann")
    assert (len(again.runs), again.schedules, await roundhouse.schedules()) == (1, 1, [])
    assert "lovelace" not in await roundhouse.store.read(everything)


async def test_a_run_of_the_series_is_forgotten_alone_and_the_series_goes_on(
    roundhouse: Roundhouse, clock: Any
) -> None:
    await stand(roundhouse, "w1", **HOURLY)
    clock.move_to(utc("2026-04-20 13:00:01"))
    await roundhouse.sweep()
    await roundhouse.forget("w1@2026-04-20T13:00", by="ann")
    schedule = await only(roundhouse)
    assert (schedule.status, str(schedule.last_run).startswith("forgotten-")) == ("active", True)


async def test_an_open_roundhouse_sends_what_a_schedule_has_made(
    database_url: str, files: FileStore, clock: Any, tmp_path: Path
) -> None:
    channels = {"default": FolderChannel(tmp_path / "out")}
    async with Roundhouse.open(database_url, catalogue(files), channels, files=files) as roundhouse:
        await stand(roundhouse, **HOURLY)
        clock.move_to(utc("2026-04-20 13:00:01"))
        await roundhouse.sweep()
    names = sorted(path.name.rpartition("-")[0] for path in (tmp_path / "out").glob("*.pdf"))
    assert names == ["w1", "w1-2026-04-20T13-00"]
