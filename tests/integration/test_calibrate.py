"""Calibrating the whole way: labelled cases in, a certificate that runs use, and one line where there is none."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from agents.chat.purse import Budget
from graphs.attention.no_promise import NoPromise
from graphs.catalogue import Catalogue, Entry
from graphs.lead_qualification import lead_qualification
from graphs.workflow import Workflow
from runtime.batch import Batch, Selection, Silent
from runtime.calibrating import Calibration, calibrate
from runtime.intake import Source
from runtime.labelled import Labelled, labelled_by_outcomes, read_labelled
from runtime.models import Models
from runtime.outcomes import take_outcomes
from runtime.roundhouse import Roundhouse
from runtime.settings import settings
from state.certificate import Demand
from state.errors import UsageError
from state.sql.tables import metadata
from state.staffing import Staffing
from tests.integration.test_cli import Shell
from tests.support.model_server import ModelServer
from tests.support.sorting import bags, broken, even, sorting, write_rows

TENTH = Demand(human_budget=0.1)
SORTING = "tests.support.sorting:sorting"
LEAD_QUALIFICATION = "lead-qualification"
LEADS = Path(__file__).parents[2] / "data" / "leads.csv"
KEPT = {"alembic_version", "signatures", "keys", "certificates"}
"""The tables that a calibration may write to."""


def as_it_is(workflow: Workflow, profile: str | None) -> Workflow:
    return workflow


def catalogue() -> Catalogue:
    offered = {"sorting": sorting, "even": even, "broken": broken, LEAD_QUALIFICATION: lead_qualification()}
    return Catalogue({name: Entry(partial(as_it_is, each)) for name, each in offered.items()})


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue()) as opened:
        yield opened


@pytest.fixture
async def here(sqlite_url: str) -> AsyncIterator[Roundhouse]:
    """On SQLite alone, for what is the same on every database."""
    async with Roundhouse.open(sqlite_url, catalogue()) as opened:
        yield opened


async def calibrated(
    roundhouse: Roundhouse, labelled: Labelled, name: str = "sorting", demand: Demand = TENTH, **changes: Any
) -> Calibration:
    driver = await roundhouse.driver(name, **changes)
    return await calibrate(driver, roundhouse.models, labelled, demand, 8, Silent())


def labelled(folder: Path, count: int = 400, **changes: str) -> Labelled:
    rows = ({**row, **changes} for row in bags(count))
    return read_labelled(sorting, write_rows(folder / "bags.jsonl", rows), Selection())


async def rows_of(roundhouse: Roundhouse) -> dict[str, int]:
    def counted(connection: Any) -> dict[str, int]:
        tables = [table for table in metadata.sorted_tables if table.name not in KEPT]
        return {each.name: connection.execute(select(func.count()).select_from(each)).scalar_one() for each in tables}

    return {name: count for name, count in (await roundhouse.store.read(counted)).items() if count}


async def test_a_certificate_is_made_that_new_runs_use(roundhouse: Roundhouse, tmp_path: Path) -> None:
    found = await calibrated(roundhouse, labelled(tmp_path))
    made = found.certificate
    assert (made.workflow, made.signature, made.source, made.cases) == ("sorting", sorting.signature, "bags.jsonl", 400)
    assert made.human_at_most == 0.1 >= made.human_observed > 0
    assert made.automated == sum(case.score >= made.threshold for case in found.cases)
    wrong = sum(case.error is not None for case in found.cases if case.score >= made.threshold)
    assert wrong / made.automated < (made.error_at_most or 0) < 1
    assert not await rows_of(roundhouse)

    driver = await roundhouse.driver("sorting")
    assert (await driver.standard()).certificate is None
    await roundhouse.attention.issue(made)
    unsure = await roundhouse.start("sorting", {"id": "u", "clarity": 0.5 + 0.49 * made.threshold})
    sure = await roundhouse.start("sorting", {"id": "s", "clarity": 0.5 + 0.51 * made.threshold})
    assert (unsure.status, sure.status) == ("waiting", "completed")
    stories = [await roundhouse.show(run.id) for run in (unsure, sure)]
    assert [story.pins["certificate"] for story in stories] == [made.id, made.id]


async def test_the_same_cases_make_the_same_threshold(here: Roundhouse, tmp_path: Path) -> None:
    one, two = [(await calibrated(here, labelled(tmp_path))).certificate for _ in range(2)]
    assert (one.threshold, one.errors, one.data_digest) == (two.threshold, two.errors, two.data_digest)
    assert one.id != two.id


async def test_cases_that_were_run_here_are_labelled_by_their_outcomes(roundhouse: Roundhouse, tmp_path: Path) -> None:
    driver = await roundhouse.driver("sorting")
    with pytest.raises(UsageError, match="No outcome of a case of 'sorting' is recorded here"):
        await labelled_by_outcomes(roundhouse.store, "sorting", driver.workflow, Selection())
    rows = list(bags(150))
    source = Source(write_rows(tmp_path / "bags.jsonl", iter(rows)), driver.workflow.case)
    parts: dict[str, Any] = {"selection": Selection(), "concurrency": 8, "meter": Silent()}
    await Batch(roundhouse=roundhouse, driver=driver, source=source, **parts).run()
    again = await roundhouse.start("sorting", {"id": "b0", "clarity": 0.75})
    await roundhouse.fork(again.id, {"Route": {"hall": "south"}}, by="ann")

    happened = write_rows(
        tmp_path / "happened.jsonl", ({k: row[k] for k in ("id", "Route.hall")} for row in rows[:120])
    )
    await take_outcomes(roundhouse, lambda name, profile: sorting, happened, "sorting")
    known = await labelled_by_outcomes(roundhouse.store, "sorting", driver.workflow, Selection())
    assert known.source == "outcomes"
    assert {each.case.id: each.label for each in known.cases} == {row["id"]: row["Route.hall"] for row in rows[:120]}
    assert [each.case.model_dump()["clarity"] for each in known.cases if each.case.id == "b0"] == [0.75]
    assert known.remarks[0].startswith("Of 150 cases that were run, 120 have an outcome (80.0%)")
    before = await rows_of(roundhouse)
    found = await calibrated(roundhouse, known)
    assert (found.certificate.source, found.certificate.cases) == ("outcomes", 120)
    assert await rows_of(roundhouse) == before


@pytest.mark.parametrize(
    ("count", "changes", "says"),
    [
        (99, {}, "99 labelled cases are too few"),
        (120, {"Route.hall": "north"}, "every label under 'Route.hall' is 'north'"),
        (120, {"Route.hall": ""}, "no case has a label under 'Route.hall'"),
    ],
)
async def test_labels_that_teach_nothing_are_told_before_anything_is_run(
    here: Roundhouse, tmp_path: Path, count: int, changes: dict[str, str], says: str
) -> None:
    given = labelled(tmp_path, count, **changes)
    with pytest.raises(UsageError, match=says):
        await calibrated(here, given)


async def test_a_label_that_cannot_be_compared_names_its_case(here: Roundhouse, tmp_path: Path) -> None:
    odd = labelled(tmp_path)
    cases = (*odd.cases[:7], replace(odd.cases[7], label="west"), *odd.cases[8:])
    with pytest.raises(UsageError, match=r"Case 'b7': The label 'west' .* Use north, south"):
        await calibrated(here, replace(odd, cases=cases))


async def test_where_no_threshold_tells_cases_apart_nothing_is_promised(here: Roundhouse, tmp_path: Path) -> None:
    given = labelled(tmp_path)
    with pytest.raises(NoPromise, match="ll confidences are equal"):
        await calibrated(here, given, "even")
    with pytest.raises(NoPromise, match="400 cases asks a human for another reason"):
        await calibrated(here, given, "broken")


@pytest.mark.parametrize("shape", ["supervisor", "mesh"])
async def test_other_shapes_are_calibrated_as_they_run(here: Roundhouse, tmp_path: Path, shape: Any) -> None:
    given = labelled(tmp_path, 100)
    hub = await calibrated(here, given)
    other = await calibrated(here, given, staffing=Staffing(shape=shape))
    assert other.cases == hub.cases
    assert other.certificate.signature != hub.certificate.signature


async def test_models_are_paid_for_as_those_of_a_batch(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = labelled(tmp_path, 100)
    async with ModelServer() as server:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", server.key or "")
        models = Models(settings())
        models.batch_budget = Budget(calls=30)
        async with Roundhouse.open(sqlite_url, catalogue(), models=models) as roundhouse:
            with pytest.raises(UsageError, match=r"Only 30 of 100 cases were rehearsed: .*budget of 30 model calls"):
                await calibrated(roundhouse, given, staffing=Staffing(server.model))
            assert server.calls == 30
            assert not await rows_of(roundhouse)


async def test_a_run_asks_exactly_where_the_score_of_its_rehearsal_is_below_the_threshold(here: Roundhouse) -> None:
    driver = await here.driver(LEAD_QUALIFICATION, "sample")
    known = read_labelled(driver.workflow, LEADS, Selection(limit=100))
    found = await calibrate(driver, here.models, known, TENTH, 8, Silent())
    assert found.kinds == ("good leads declined", "wasted contacts")
    made = found.certificate.model_copy(update={"threshold": 0.2})
    await here.attention.issue(made)
    parts: dict[str, Any] = {"selection": Selection(limit=100), "concurrency": 8, "meter": Silent()}
    source = Source(LEADS, driver.workflow.case)
    await Batch(roundhouse=here, driver=driver, source=source, **parts).run()
    asked = {run.case_id for run in await here.runs() if run.questions}
    scores = {each.case.id: seen.score for each, seen in zip(known.cases, found.cases, strict=True)}
    assert asked == {case for case, score in scores.items() if score < made.threshold}
    assert 5 < len(asked) < 95


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(tmp_path)
    write_rows(tmp_path / "bags.jsonl", bags(400))
    return found


def test_the_command_says_what_is_promised_and_runs_use_it(shell: Shell) -> None:
    shown = shell("calibrate", SORTING, "bags.jsonl", "--human-budget", "0.15", "--curve", "--plot", "curve.svg")
    said = " ".join(shown.split())
    assert said.startswith("Of cases like these, at most 15.0% ask a human; of the others, at most ")
    assert "Both hold together in at least 90 of 100 calibrations." in said
    assert "What a human's time buys" in said
    assert "is issued: runs of" in said
    assert "</svg>" in (shell.folder / "curve.svg").read_text()
    rows = [{"id": "u", "clarity": 0.51}]
    write_rows(shell.folder / "new.jsonl", iter(rows))
    shell("run", SORTING, "new.jsonl")
    [review] = shell.json("inbox")
    assert " of certificate " in json.dumps(review)


def test_a_dry_run_stores_nothing_and_json_has_the_curve_where_it_is_asked_for(shell: Shell) -> None:
    made = shell.json("calibrate", SORTING, "bags.jsonl", "--dry-run")
    assert made["demand"] == {"human_budget": 0.2, "max_error": None}
    assert made["statement"].startswith("Of cases like these, at most 20.0% ask a human")
    assert not {"reference", "curve"} & made.keys()
    whole = shell.json("calibrate", SORTING, "bags.jsonl", "--dry-run", "--curve", "--sample", "200", "--seed", "3")
    assert whole["curve"]["cases"] == whole["cases"] == 200
    assert [lane["name"] for lane in whole["lanes"]] == ["north", "south"]
    write_rows(shell.folder / "new.jsonl", iter([{"id": "u", "clarity": 0.51}]))
    shell("run", SORTING, "new.jsonl")
    [review] = shell.json("inbox")
    assert "certificate" not in json.dumps(review)


def test_what_cannot_be_promised_leaves_the_certificate_that_is_there(shell: Shell) -> None:
    made = shell.json("calibrate", SORTING, "bags.jsonl")
    refused = shell("calibrate", SORTING, "bags.jsonl", "--max-error", "0.001", status=1)
    assert len(refused.strip().splitlines()) == 1
    assert "cannot be promised" in refused
    write_rows(shell.folder / "new.jsonl", iter([{"id": "u", "clarity": 0.51}]))
    [run] = shell.json("run", SORTING, "new.jsonl")["run_ids"]
    assert shell.json("show", run)["pins"]["certificate"] == made["id"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((SORTING, "none.jsonl"), "no such file"),
        ((SORTING,), "No outcome of a case of"),
        ((SORTING, "bags.jsonl", "--human-budget", "10"), "--human-budget must be over 0 and under 1, got 10"),
        ((SORTING, "bags.jsonl", "--limit", "50"), "50 labelled cases are too few"),
        ((SORTING, "bags.jsonl", "--plot", "curve.pdf"), ".svg or .png"),
        ((SORTING, "bags.jsonl", "--plot", "none/curve.svg"), "no folder 'none'"),
        (("tests.support.sorting:unjudged", "bags.jsonl"), "declares no escalation"),
        (("tests.support.triage:triage", "tickets.jsonl"), "decides no Topik"),
        ((LEAD_QUALIFICATION, "bags.jsonl"), "none of its 400 rows is a case"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(shell: Shell, words: tuple[str, ...], says: str) -> None:
    write_rows(shell.folder / "tickets.jsonl", iter([{"id": "t", "text": "a b", "Topik.topic": "a"}]))
    error = shell("calibrate", *words, status=2)
    assert says in error
    assert len(error.strip().splitlines()) == 1
