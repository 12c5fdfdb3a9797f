"""The data specialist: what it pulls, what it does for a note, and what it says of what it cannot do."""

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from agents.handoff import Escalate
from agents.making import Result
from agents.report.dataset import COLUMNS, Dataset, Repaired
from agents.report.repair import Repair
from agents.report.source import Pulled, SourceFault, Want
from agents.report.sources.frame import FrameSource
from state.note import Note
from tests.support.report_data import AT, Desk, desk, prices, request

LEFT, RIGHT = prices(noise=1), prices(noise=2)
DAY = date(2025, 3, 4)


@dataclass
class Counting:
    """A source that counts how often it is pulled, and may be down at first."""

    frame: pl.DataFrame
    faults: list[SourceFault] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)

    async def pull(self, want: Want, folder: Path) -> Pulled:
        self.wants.append(want)
        if self.faults:
            raise self.faults.pop(0)
        return await FrameSource(self.frame).pull(want, folder)


def made(result: Result) -> Dataset:
    assert isinstance(result, Dataset), result
    return result


async def repaired(found: Desk, *texts: str) -> tuple[Dataset, tuple[Repaired, ...]]:
    notes: tuple[Note, ...] = ()
    dataset = made(await found.data())
    for text in texts:
        notes += (request(text),)
        dataset = made(await found.data(notes, dataset))
    return dataset, dataset.repairs


def table(found: Desk, dataset: Dataset) -> pl.DataFrame:
    return pl.read_parquet(found.files.path(dataset.table))


async def test_the_table_holds_every_row_with_its_pull_and_its_place_there(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    dataset = made(await found.data())
    rows = table(found, dataset)
    assert rows.schema == COLUMNS
    assert rows.height == dataset.rows == LEFT.height + RIGHT.height
    for pull, source, row, value in rows.sample(20, seed=1).select("pull", "source", "row", "value").iter_rows():
        pulled = pl.read_parquet(found.files.path(dataset.pulls[pull].table))
        assert dataset.pulls[pull].source == source
        assert pulled.filter(pl.col("row") == row)["value"].item() == value


async def test_equal_sources_make_an_equal_table(tmp_path: Path) -> None:
    one, other = made(await desk(tmp_path, LEFT, RIGHT).data()), made(await desk(tmp_path, LEFT, RIGHT).data())
    assert one.table == other.table
    shuffled = LEFT.with_row_index("row", 1).sample(fraction=1, shuffle=True, seed=3)
    assert made(await desk(tmp_path, shuffled, RIGHT).data()).table == one.table


async def test_only_the_days_of_the_history_are_taken(tmp_path: Path) -> None:
    dataset = made(await desk(tmp_path, LEFT, RIGHT).data(period="2024-12"))
    assert (dataset.first, dataset.last) == (date(2023, 1, 2), date(2024, 12, 31))


async def test_a_source_is_pulled_again_only_where_a_note_asks_for_it(tmp_path: Path) -> None:
    left, right = Counting(LEFT), Counting(RIGHT)
    found = desk(tmp_path, left, right)
    await repaired(found, "invert tin from right", "pull 2025-03-04 of tin from right", "invert tin from right")
    assert (len(left.wants), right.wants) == (1, [Want(), Want("tin", DAY, DAY)])


async def test_what_was_kept_and_is_lost_is_pulled_again(tmp_path: Path) -> None:
    left = Counting(LEFT)
    found = desk(tmp_path, left, RIGHT)
    dataset = made(await found.data())
    shutil.rmtree(found.files.folder)
    again = made(await found.data((request("invert tin from right"),), dataset))
    assert len(left.wants) == 2
    assert again.rows == dataset.rows


async def test_repairs_change_the_rows_that_they_name_and_no_others(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    before = table(found, made(await found.data()))
    dataset, repairs = await repaired(
        found, "multiply tin from right before 2025-03-04 by 1000", "drop 2025-03-04 to 2025-03-05 of tin from left"
    )
    after = table(found, dataset)
    assert [(each.outcome, each.rows) for each in repairs] == [
        ("done", RIGHT.filter(pl.col("date") < DAY).height),
        ("done", 2),
    ]
    both = before.join(after, on=["source", "date"], suffix="_after")
    changed = both.filter(pl.col("value") != pl.col("value_after"))
    assert changed["source"].unique().to_list() == ["right"]
    assert (changed["value_after"] / changed["value"]).round(6).unique().to_list() == [1000.0]
    assert before.height - after.height == 2


async def test_what_is_pulled_later_gets_the_repairs_that_were_asked_for_before(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT.with_columns(value=1 / pl.col("value")))
    dataset, _ = await repaired(found, "invert tin from right", "pull 2025-03-04 of tin from right")
    row = table(found, dataset).filter((pl.col("date") == DAY) & (pl.col("source") == "right"))
    assert row["stands_in"].to_list() == [True]
    assert row["value"].item() == pytest.approx(RIGHT.filter(pl.col("date") == DAY)["value"].item())


async def test_nothing_is_divided_by_zero(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT.with_columns(value=pl.lit(0.0)))
    dataset, _ = await repaired(found, "invert tin from right")
    assert table(found, dataset).filter(pl.col("source") == "right")["value"].null_count() == RIGHT.height


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        ("have another look", "refused", "in one of these forms"),
        ("invert tin from elsewhere", "refused", "the request has no source 'elsewhere'; it has left, right"),
        ("invert gold from right", "nothing", "there are no such rows"),
        ("keep the last of tin from left", "nothing", "there are no such rows"),
        ("pull 1999-01-04 of tin from right", "nothing", "there are no such rows"),
    ],
)
async def test_what_cannot_be_done_is_said_of_the_request(tmp_path: Path, text: str, outcome: str, words: str) -> None:
    _, repairs = await repaired(desk(tmp_path, LEFT, RIGHT), text)
    assert (repairs[0].request, repairs[0].outcome) == (text, outcome)
    assert words in repairs[0].words


async def test_a_source_that_is_down_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.report.pulling.PAUSE", 0.001)
    right = Counting(RIGHT, [SourceFault("no answer", "down"), SourceFault("no answer", "down")])
    dataset = made(await desk(tmp_path, LEFT, right).data())
    assert (len(right.wants), dataset.absent) == (3, ())


async def test_a_source_that_cannot_be_read_is_not_tried_again_and_known_to_be_missing(tmp_path: Path) -> None:
    right = Counting(RIGHT, [SourceFault("it is HTML")])
    dataset = made(await desk(tmp_path, LEFT, right).data())
    assert len(right.wants) == 1
    assert [(each.source, each.series, each.why) for each in dataset.absent] == [("right", None, "it is HTML")]


async def test_a_source_that_was_missing_is_there_once_it_is_asked_for(tmp_path: Path) -> None:
    right = Counting(RIGHT, [SourceFault("it is HTML")])
    dataset, repairs = await repaired(desk(tmp_path, LEFT, right), "invert tin from left", "pull everything from right")
    assert (dataset.absent, repairs[1].outcome) == ((), "done")
    assert dataset.rows == LEFT.height + RIGHT.height


async def test_where_no_source_can_be_pulled_a_person_is_told_why(tmp_path: Path) -> None:
    found = desk(tmp_path, Counting(LEFT, [SourceFault("It is HTML.")]), Counting(RIGHT, [SourceFault("It is gone.")]))
    result = await found.data()
    assert isinstance(result, Escalate)
    assert result.reason == "None of the sources could be pulled. It is HTML. It is gone."


async def test_a_frame_that_breaks_while_it_is_read_is_a_fault_of_its_source(tmp_path: Path) -> None:
    broken = pl.LazyFrame({"series": ["a"], "date": ["no date"], "value": ["x"]}).with_columns(
        pl.col("value").cast(float)
    )
    dataset = made(await desk(tmp_path, LEFT, FrameSource(broken)).data())
    assert "Source 'right' cannot be read" in dataset.absent[0].why


async def test_a_series_that_begins_later_in_one_source_is_known_to_be_missing_there(tmp_path: Path) -> None:
    dataset = made(await desk(tmp_path, LEFT, RIGHT.filter(pl.col("date") >= DAY)).data())
    assert [(each.source, each.series, each.last) for each in dataset.absent] == [("right", "tin", DAY)]


async def test_no_rows_at_all_are_a_dataset_without_days(tmp_path: Path) -> None:
    dataset = made(await desk(tmp_path, LEFT.clear(), RIGHT.clear()).data())
    assert (dataset.rows, dataset.series, dataset.first) == (0, 0, None)


async def test_a_note_of_a_person_is_done_too(tmp_path: Path) -> None:
    found = desk(tmp_path, LEFT, RIGHT)
    note = Note(kind="guidance", author="ann", text="drop 2025-03-04 of tin from left", at=AT)
    dataset = made(await found.data((note,), made(await found.data())))
    assert [(each.by, each.outcome) for each in dataset.repairs] == [("ann", "done")]


@pytest.mark.parametrize(
    "fresh",
    [RIGHT.clear(), RIGHT.with_columns(value=pl.lit(None, pl.Float64), text=pl.lit("about 3"))],
    ids=["nothing", "nothing that can be read"],
)
async def test_what_cannot_be_read_replaces_nothing(tmp_path: Path, fresh: pl.DataFrame) -> None:
    right = Counting(RIGHT)
    found = desk(tmp_path, LEFT, right)
    before = made(await found.data())
    right.frame = fresh
    dataset = made(await found.data((request("pull 2025-03-04 of tin from right"),), before))
    assert dataset.table == before.table
    assert dataset.repairs[0].outcome == "nothing"


async def test_a_source_that_is_down_is_asked_once_for_all_that_is_wanted_of_it(tmp_path: Path) -> None:
    right = Counting(RIGHT)
    found = desk(tmp_path, LEFT, right)
    before = made(await found.data())
    right.faults = [SourceFault("it is HTML now")]
    notes = tuple(request(f"pull 2025-03-0{day} of tin from right") for day in (4, 5, 6))
    dataset = made(await found.data(notes, before))
    assert len(right.wants) == 2
    assert [each.words for each in dataset.repairs] == ["it is HTML now"] * 3


async def test_what_was_kept_and_is_altered_is_pulled_again(tmp_path: Path) -> None:
    left = Counting(LEFT)
    found = desk(tmp_path, left, RIGHT)
    dataset = made(await found.data())
    found.files.path(dataset.pulls[0].table).write_bytes(b"not what it was")
    made(await found.data((request("invert tin from right"),), dataset))
    assert len(left.wants) == 2


async def test_a_series_that_one_source_does_not_have_is_known_to_be_missing_there(tmp_path: Path) -> None:
    dataset = made(await desk(tmp_path, pl.concat([LEFT, prices("zinc", 1)]), RIGHT).data())
    assert [(each.source, each.series) for each in dataset.absent] == [("right", "zinc")]


@pytest.mark.parametrize("name", ["two  blanks", "a\u00a0b", "line\u2028end"])
async def test_a_series_with_any_white_space_in_its_name_is_repaired(tmp_path: Path, name: str) -> None:
    left = LEFT.with_columns(series=pl.lit(name))
    repair = Repair("drop", "left", name, DAY, DAY)
    _, repairs = await repaired(desk(tmp_path, left, RIGHT), str(repair))
    assert repairs[0].rows == 1


async def test_what_was_pulled_for_a_repair_and_is_lost_is_pulled_again(tmp_path: Path) -> None:
    right = Counting(RIGHT)
    found = desk(tmp_path, LEFT, right)
    dataset, _ = await repaired(found, "pull 2025-03-04 of tin from right")
    found.files.path(dataset.pulls[2].table).unlink()
    notes = (request("pull 2025-03-04 of tin from right"), request("invert tin from right"))
    assert made(await found.data(notes, dataset)).rows == dataset.rows
    assert len(right.wants) == 3
