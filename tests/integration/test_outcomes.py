"""What really happened to past cases: recorded late, out of order and again, and graded by."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import insert, select, update

from runtime.outcomes import LISTED, take_outcomes
from runtime.roundhouse import Roundhouse
from state.certificate import ErrorBound
from state.errors import UsageError
from state.judgement import RIGHT
from state.sql.outcomes import find_outcome, read_graded
from state.sql.tables import judgements
from terminal.outcomes import outcomes_view
from tests.integration.test_attention import certificate
from tests.support.followed import ASTRAY, MISSED, catalogue, told
from tests.support.triage import triage


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue()) as opened:
        yield opened


async def start(roundhouse: Roundhouse, *cases: str, trouble: str = "", **options: Any) -> None:
    for case in cases:
        ticket = {"id": case, "text": "printer hums", "trouble": trouble}
        await roundhouse.start("triage", ticket, run=f"run-{case}", **options)


async def errors(roundhouse: Roundhouse) -> dict[str, str | None]:
    """The kind of error of each run."""
    query = select(judgements.c.run, judgements.c.error)
    rows = await roundhouse.store.read(lambda connection: connection.execute(query).all())
    return {row.run: row.error for row in rows}


async def labels(roundhouse: Roundhouse, case: str) -> str | None:
    row = await roundhouse.store.read(find_outcome, "triage", case)
    return None if row is None else row.label["belonged_to"]


async def test_outcomes_grade_what_agents_decided(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a", "b", "c")
    said = await told(roundhouse, tmp_path, "a,printer desk,", "b,night,", "c,mail desk,")
    assert (said.workflow, said.fates, said.graded) == ("triage", {"recorded": 3}, 3)
    assert await errors(roundhouse) == {"run-a": RIGHT, "run-b": MISSED, "run-c": ASTRAY}
    assert said.figures.automated == {RIGHT: 1, MISSED: 1, ASTRAY: 1}
    assert (said.figures.cases, said.figures.wrong, said.scope) == (3, 2, "all")


async def test_a_file_given_twice_changes_nothing(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a")
    rows = ("a,night,2026-01-02T00:00:00Z",)
    await told(roundhouse, tmp_path, *rows)
    before = await roundhouse.store.read(find_outcome, "triage", "a")
    await roundhouse.store.write(lambda connection: connection.execute(update(judgements).values(is_error_seen=True)))
    assert (await told(roundhouse, tmp_path, *rows)).fates == {"unchanged": 1}
    assert await roundhouse.store.read(find_outcome, "triage", "a") == before
    seen = await roundhouse.store.read(
        lambda connection: connection.execute(select(judgements.c.is_error_seen)).scalar_one()
    )
    assert seen is True, "the watch bets on each error once"


async def test_a_label_that_changed_is_a_correction_and_graded_anew(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a")
    await told(roundhouse, tmp_path, "a,night,")
    await roundhouse.store.write(lambda connection: connection.execute(update(judgements).values(is_error_seen=True)))
    assert (await told(roundhouse, tmp_path, "a,printer desk,")).fates == {"corrected": 1}
    row = await roundhouse.store.read(lambda connection: connection.execute(select(judgements)).one())
    assert row.error == RIGHT


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
async def test_what_happened_last_counts_in_whatever_order_files_come(
    roundhouse: Roundhouse, tmp_path: Path, order: tuple[int, ...]
) -> None:
    await start(roundhouse, "a")
    rows = ("a,night,2026-01-01T00:00:00Z", "a,mail desk,2026-01-02T01:00:00+02:00", "a,printer desk,2026-01-03T00:00Z")
    for place in order:
        await told(roundhouse, tmp_path, rows[place])
    assert await labels(roundhouse, "a") == "printer desk"
    assert await errors(roundhouse) == {"run-a": RIGHT}


async def test_what_happened_last_counts_within_a_file(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a", "b")
    rows = ("a,printer desk,2026-01-03T00:00Z", "a,night,2026-01-01T00:00Z", "b,night,", "b,mail desk,")
    assert (await told(roundhouse, tmp_path, *rows)).fates == {"recorded": 2, "out of date": 1, "corrected": 1}
    assert [await labels(roundhouse, case) for case in "ab"] == ["printer desk", "mail desk"]


async def test_rows_that_cannot_be_taken_are_counted_and_listed(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a")
    rows = ("a,?,", "nobody,night,", ",night,", "a,night,yesterday", "a,night,2026-01-01T00:00:00", "a,night")
    said = await told(roundhouse, tmp_path, *rows, "a,night,2999-01-01T00:00:00Z", f"{'x' * 201},night,")
    assert (said.unlabelled, said.fates, said.unfit) == (1, {"unknown": 1}, 6)
    assert [(each.line, each.case) for each in said.left] == [
        (3, "nobody"), (4, None), (5, None), (6, None), (7, None), (8, None), (9, None)
    ]  # fmt: skip
    reasons = " ".join(each.reason for each in said.left)
    for part in (
        "no such case was run",
        "names no case",
        "with a time zone",
        "has 2 fields",
        "not come",
        "longer than",
    ):
        assert part in reasons
    assert await labels(roundhouse, "a") is None


async def test_a_case_that_is_run_later_is_graded_when_the_file_is_given_again(
    roundhouse: Roundhouse, tmp_path: Path
) -> None:
    await start(roundhouse, "a")
    rows = [f"t{number},night," for number in range(LISTED + 5)]
    said = await told(roundhouse, tmp_path, *rows)
    assert (said.fates, len(said.left), said.left[0].line) == ({"unknown": LISTED + 5}, LISTED, 2)
    await start(roundhouse, "t7")
    assert (await told(roundhouse, tmp_path, *rows)).fates == {"recorded": 1, "unknown": LISTED + 4}
    assert await errors(roundhouse) == {"run-a": None, "run-t7": MISSED}


async def test_a_humans_edit_is_not_the_hubs_error(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a", trouble="unsure")
    [review] = await roundhouse.inbox()
    await roundhouse.answer(review.id, "edit", by="ann", value={"team": "night"})
    said = await told(roundhouse, tmp_path, "a,night,")
    assert await errors(roundhouse) == {"run-a": MISSED}
    assert (said.figures.asked, said.figures.automated) == ({MISSED: 1}, {})


async def test_forks_are_not_graded(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a")
    fork = (await roundhouse.fork("run-a", {"Topic": {"topic": "mail"}}, by="ann")).run
    at = fork.created_at
    row = {"run": fork.id, "workflow": "triage", "case_id": "a", "threshold": 0.5, "asked": False}
    row |= {"started_at": at, "at": at}
    await roundhouse.store.write(lambda connection: connection.execute(insert(judgements).values(row)))
    await told(roundhouse, tmp_path, "a,night,")
    assert await errors(roundhouse) == {"run-a": MISSED, fork.id: None}


async def test_a_forgotten_case_is_refused_without_its_words(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "ada", "b")
    await told(roundhouse, tmp_path, "ada,night,")
    await roundhouse.forget("ada", by="ann")
    assert await labels(roundhouse, "ada") is None
    said = await told(roundhouse, tmp_path, "ada,night,", "b,night,")
    assert said.fates == {"forgotten": 1, "recorded": 1}
    assert [(each.line, each.case, each.reason) for each in said.left] == [(2, None, "the case was forgotten")]
    assert said.figures.automated == {MISSED: 2}, "a figure stays of whoever was forgotten"
    assert (await roundhouse.store.read(find_outcome, "triage", "ada")) is None


async def test_a_label_that_cannot_be_graded_by_is_kept_and_said(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a", "b")
    said = await told(roundhouse, tmp_path, "a,explode,", "b,night,")
    assert (said.graded, said.ungraded, said.fates) == (1, 1, {"recorded": 2})
    assert "no such team" in said.why
    assert await errors(roundhouse) == {"run-a": None, "run-b": MISSED}


async def test_lines_of_json_and_compressed_files_are_read(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "7")
    path = tmp_path / "outcomes.jsonl.gz"
    rows: list[dict[str, Any]] = [{"case": 7, "belonged_to": "night"}, {"case": 7, "belonged_to": None}]
    path.write_bytes(gzip.compress("\n".join([*map(json.dumps, rows), "[]"]).encode()))
    said = await take_outcomes(roundhouse, catalogue().load, path)
    assert (said.fates, said.unlabelled, said.unfit) == ({"recorded": 1}, 1, 1)


async def test_columns_named_for_a_decisions_field_are_labels_where_no_grading_is_declared(
    roundhouse: Roundhouse, tmp_path: Path
) -> None:
    await start(roundhouse, "a", "b")
    path = tmp_path / "outcomes.csv"
    path.write_text("id,Team.team\na,printer desk\nb,mail desk\n")
    said = await take_outcomes(roundhouse, catalogue(triage).load, path)
    assert said.figures.automated == {RIGHT: 1, "wrong": 1}


async def test_figures_are_of_a_period_and_a_certificate(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await start(roundhouse, "a", "b")
    of = update(judgements).where(judgements.c.run == "run-a").values(certificate="c1")
    await roundhouse.store.write(lambda connection: connection.execute(of))
    await told(roundhouse, tmp_path, "a,night,", "b,night,")
    at = (await roundhouse.run("run-b")).created_at
    assert (await roundhouse.store.read(read_graded, "triage")).automated == {MISSED: 2}
    assert (await roundhouse.store.read(read_graded, "triage", at)).cases == 1
    assert (await roundhouse.store.read(read_graded, "triage", None, "c1")).cases == 1
    assert (await roundhouse.store.read(read_graded, "other")).cases == 0


async def test_outcomes_that_break_a_promise_withdraw_the_certificate(roundhouse: Roundhouse, tmp_path: Path) -> None:
    bounds = (ErrorBound(kind=MISSED, observed=8, at_most=0.05), ErrorBound(kind=ASTRAY, observed=0, at_most=0.02))
    await roundhouse.attention.issue(certificate(errors=bounds, error_at_most=0.07))
    await start(roundhouse, *(f"t{number}" for number in range(12)))
    right = await told(roundhouse, tmp_path, "t0,printer desk,")
    assert (right.scope, right.figures.cases, right.certificate and right.certificate.status) == (
        "certificate", 1, "standing"
    )  # fmt: skip
    broken = await told(roundhouse, tmp_path, *(f"t{number},night," for number in range(1, 12)))
    assert broken.certificate is not None
    assert (broken.certificate.status, broken.figures.automated) == ("withdrawn", {RIGHT: 1, MISSED: 11})
    said = StringIO()
    Console(file=said, width=140).print(outcomes_view(broken))
    for words in ("at most 7.0%", "at most 5.0%", "at most 2.0%", "91.7%", "Certificate c1 is withdrawn"):
        assert words in said.getvalue()


async def test_of_two_who_record_at_once_the_later_outcome_counts(
    roundhouse: Roundhouse, database_url: str, tmp_path: Path
) -> None:
    cases = [f"t{number}" for number in range(5)]
    await start(roundhouse, *cases)
    async with Roundhouse.open(database_url, catalogue()) as other:
        for year, now, then in ((2024, "night", "mail desk"), (2025, "printer desk", "night")):
            await asyncio.gather(
                told(roundhouse, tmp_path, *(f"{case},{now},{year}-02-01T00:00Z" for case in cases), name="a.csv"),
                told(
                    other, tmp_path, *(f"{case},{then},{year}-01-01T00:00Z" for case in reversed(cases)), name="b.csv"
                ),
            )
            assert {await labels(roundhouse, case) for case in cases} == {now}
    assert set((await errors(roundhouse)).values()) == {RIGHT}


UNUSABLE = [
    # what a file holds, its name, and what is said of it
    ("id,belonged_to\n", "o.csv", "there is no row that can be read"),
    ("id,said\na,night\n", "o.csv", "no column 'belonged_to'"),
    ("who,belonged_to\na,night\n", "o.csv", "no column says which case is meant"),
    ("", "o.csv", "there is no first line"),
    ("{", "o.xlsx", "must end in"),
    ("nonsense", "o.csv.gz", "cannot be read"),
]


@pytest.mark.parametrize(("content", "name", "says"), UNUSABLE, ids=str)
async def test_an_unusable_file_is_one_line(
    sqlite_url: str, tmp_path: Path, content: str, name: str, says: str
) -> None:
    async with Roundhouse.open(sqlite_url, catalogue()) as roundhouse:
        await start(roundhouse, "a")
        (tmp_path / name).write_text(content)
        with pytest.raises(UsageError, match=says):
            await take_outcomes(roundhouse, catalogue().load, tmp_path / name)


async def test_which_workflow_and_profile_a_file_is_about_is_asked_where_it_could_be_several(
    sqlite_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "o.csv"
    path.write_text("id,belonged_to\na,night\n")
    load = catalogue().load
    async with Roundhouse.open(sqlite_url, catalogue()) as roundhouse:
        with pytest.raises(UsageError, match="No case was run here"):
            await take_outcomes(roundhouse, load, path)
        await start(roundhouse, "a", profile="north")
        assert (await take_outcomes(roundhouse, load, path)).graded == 1
        with pytest.raises(UsageError, match=r"profile 'south'\. They have: north"):
            await take_outcomes(roundhouse, load, path, profile="south")
        await start(roundhouse, "b")
        with pytest.raises(UsageError, match=r"several profiles: none, north\. Say which with --profile"):
            await take_outcomes(roundhouse, load, path, "triage")
        await roundhouse.start("second", {"id": "c", "text": "x y"}, profile="north")
        with pytest.raises(UsageError, match=r"cases of second, triage\. Say which with --workflow"):
            await take_outcomes(roundhouse, load, path, profile="north")
