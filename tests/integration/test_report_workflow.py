"""Data analysis and reporting as a whole: through the hub, the database and the file store, on real files."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pypdf import PdfReader

from agents.files import FileStore
from agents.report.contract import Report
from agents.report.dataset import Dataset
from agents.report.findings import Findings
from benchmarks.planted import compare
from benchmarks.reports import profile_in
from data.make_prices import LAST, make_prices, write
from graphs.catalogue import Catalogue, Entry, shipped
from graphs.data_reporting import data_reporting
from graphs.lint import lint
from runtime.batch import Batch, Selection, Silent
from runtime.channels.folder import FolderChannel
from runtime.intake import Source
from runtime.roundhouse import Roundhouse
from state.run import RunStory

ROOT = Path(__file__).parents[2]
NAME = "data-reporting"
PERIOD = f"{LAST:%Y-%m}"


@asynccontextmanager
async def opened(tmp_path: Path, folder: Path, **given: Any) -> AsyncIterator[Roundhouse]:
    files = FileStore(tmp_path / "files")
    catalogue = Catalogue({NAME: Entry(lambda profile: data_reporting(profile_in(folder), files))})
    async with Roundhouse.open(f"sqlite:///{tmp_path}/reports.db", catalogue, files=files, **given) as roundhouse:
        yield roundhouse


def sample(folder: Path, seed: int = 3) -> Path:
    write(make_prices(seed), folder)
    return folder


def makings(story: RunStory) -> list[tuple[str, str]]:
    return [(each.specialist, each.outcome) for each in story.executions]


def test_the_workflow_has_nothing_to_mend() -> None:
    assert lint(shipped().load(NAME)) == []


async def test_what_is_planted_is_found_and_the_ledger_shows_that_only_what_it_concerns_was_made_again(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, sample(tmp_path / "prices")) as roundhouse:
        row = await roundhouse.start(NAME, {"id": "r", "period": PERIOD})
        story = await roundhouse.show(row.id)
    found = compare(Findings.model_validate(row.decisions["Findings"]).issues, make_prices(3).planted)
    assert (found.missed, found.extra, found.again) == ((), (), ())
    assert row.status == "completed"
    assert makings(story) == [
        ("data", "decided"),
        ("analysis", "asked"),
        ("data", "decided"),
        # which of two rows is right is asked once both sources have the same units
        ("analysis", "asked"),
        ("data", "decided"),
        ("analysis", "decided"),
        ("report", "decided"),
    ]
    first, *_, last = (Dataset.model_validate(each.value) for each in story.records if each.decision == "Dataset")
    assert last.pulls[: len(first.pulls)] == first.pulls, "nothing is pulled again that was not asked for"


async def test_a_disagreement_of_the_period_is_a_question_and_a_person_lets_it_stand(tmp_path: Path) -> None:
    folder = sample(tmp_path / "prices")
    at_odds(folder)
    async with opened(tmp_path, folder, channels={"default": FolderChannel(tmp_path / "out")}) as roundhouse:
        row = await roundhouse.start(NAME, {"id": "r", "period": PERIOD, "audience": "board"})
        assert row.status == "waiting"
        (review,) = await roundhouse.questions(row.id)
        assert review.kind == "low_confidence"
        before = len((await roundhouse.show(row.id)).executions)
        row = await roundhouse.answer(review.id, "approve", by="ann")
        story = await roundhouse.show(row.id)
        assert makings(story)[before:] == [("report", "decided")]
    report = Report.model_validate(row.decisions["Report"])
    assert report.open_points == 1
    assert "% above exchange" in report.text
    paper = next((tmp_path / "out").glob("*.pdf"))
    text = "".join(page.extract_text() for page in PdfReader(paper).pages)
    assert "Raw material prices" in text
    assert "board" in text


async def test_a_person_can_have_a_source_pulled_again_by_guidance_to_the_findings(tmp_path: Path) -> None:
    folder = sample(tmp_path / "prices")
    broker = folder / "broker.parquet"
    shutil.move(broker, tmp_path / "aside.parquet")
    async with opened(tmp_path, folder) as roundhouse:
        row = await roundhouse.start(NAME, {"id": "r", "period": PERIOD})
        (review,) = await roundhouse.questions(row.id)
        assert "broker.parquet" in str(review.payload)
        shutil.move(tmp_path / "aside.parquet", broker)
        row = await roundhouse.answer(
            review.id, "send_back", by="ann", decision="Findings", text="pull everything from broker"
        )
    findings = Findings.model_validate(row.decisions["Findings"])
    assert row.status == "completed"
    assert compare(findings.issues, make_prices(3).planted).missed == ()


async def test_a_source_that_is_html_or_a_bomb_is_a_question_and_the_other_requests_run(tmp_path: Path) -> None:
    folder = sample(tmp_path / "prices")
    (folder / "exchange.csv").write_text("<html><body>Please log in</body></html>", encoding="utf-8")
    async with opened(tmp_path, folder) as roundhouse:
        alone = await roundhouse.start(NAME, {"id": "a", "period": PERIOD, "sources": ["broker"]})
        both = await roundhouse.start(NAME, {"id": "b", "period": PERIOD})
        neither = await roundhouse.start(NAME, {"id": "c", "period": PERIOD, "sources": ["exchange"]})
        reviews = [(await roundhouse.questions(row.id))[0] for row in (both, neither)]
    assert alone.status in ("completed", "waiting")
    assert [each.kind for each in reviews] == ["low_confidence", "escalated"]
    assert all("HTML" in str(each.payload) for each in reviews)


async def test_the_requests_of_the_sample_run_and_nine_of_ten_need_no_person(tmp_path: Path) -> None:
    async with Roundhouse.open(
        f"sqlite:///{tmp_path}/reports.db", shipped(FileStore(tmp_path / "files"))
    ) as roundhouse:
        driver = await roundhouse.driver(NAME)
        source = Source(ROOT / "data" / "reports.jsonl", driver.workflow.case)
        batch = Batch(
            roundhouse=roundhouse,
            driver=driver,
            source=source,
            selection=Selection(limit=8),
            concurrency=4,
            meter=Silent(),
        )
        summary = await batch.run()
    assert (summary.cases, summary.failed, summary.quarantined) == (8, 0, 0)
    assert summary.human_share <= 0.125


async def test_an_equal_request_makes_equal_files(tmp_path: Path) -> None:
    async with opened(tmp_path, sample(tmp_path / "prices")) as roundhouse:
        one, other = [await roundhouse.start(NAME, {"id": each, "period": PERIOD}) for each in "ab"]
    assert one.decisions["Dataset"]["table"] == other.decisions["Dataset"]["table"]
    for decision in ("Findings", "Report"):
        assert one.decisions[decision] == other.decisions[decision]


@pytest.mark.parametrize("seed", [1, 2])
async def test_other_samples_are_told_as_they_are(tmp_path: Path, seed: int) -> None:
    async with opened(tmp_path, sample(tmp_path / "prices", seed)) as roundhouse:
        row = await roundhouse.start(NAME, {"id": "r", "period": PERIOD})
    found = compare(Findings.model_validate(row.decisions["Findings"]).issues, make_prices(seed).planted)
    assert (found.missed, found.extra, found.again) == ((), (), ())


def at_odds(folder: Path) -> None:
    """Let the broker be 2 % above in the middle of the last month, in a series in which nothing is planted."""
    broker = pl.read_parquet(folder / "broker.parquet")
    planted = {one.series for one in make_prices(3).planted}
    series = next(each for each in broker["product"].unique().sort() if each not in planted)
    at = (pl.col("product") == series) & (pl.col("day") == LAST.replace(day=12))
    changed = broker.with_columns(quote=pl.when(at).then(pl.col("quote") * 1.02).otherwise("quote"))
    changed.write_parquet(folder / "broker.parquet")
