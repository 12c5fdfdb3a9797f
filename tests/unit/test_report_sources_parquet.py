"""Parquet files as sources: columns of any fitting type, and nothing unpacked that says it is too large."""

import datetime as dt
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from agents.report.source import SourceFault, Want
from agents.report.sources import parquet_file
from tests.support.report_sources import LONG, WIDE, fault, pull, rows

DAYS = [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 2)]

GOOD: dict[str, Any] = {"day": DAYS, "name": ["A", "A", "B"], "price": [1.5, 2.0, 30.0]}

READ = [("A", "2026-03-02", 1.5, 1, None), ("A", "2026-03-03", 2.0, 2, None), ("B", "2026-03-02", 30.0, 3, None)]


def parquet(folder: Path, content: dict[str, Any] | pl.DataFrame, **declared: Any) -> dict[str, Any]:
    """A declaration of a file with these columns."""
    pl.DataFrame(content).write_parquet(folder / "x.parquet")
    return {"kind": "parquet", "path": "x.parquet", **LONG, **declared}


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="as they are"),
        pytest.param({"day": [f"{day}T00:00:00" for day in DAYS]}, id="days as text"),
        pytest.param({"day": [dt.datetime.combine(day, dt.time(23, 59)) for day in DAYS]}, id="moments"),
        pytest.param(
            {
                "day": pl.Series([dt.datetime.combine(day, dt.time(23)) for day in DAYS]).dt.replace_time_zone(
                    "Asia/Tokyo"
                )
            },
            id="moments in a time zone",
        ),
        pytest.param({"price": [Decimal("1.5"), Decimal("2"), Decimal("30")]}, id="decimals"),
        pytest.param({"price": [" 1.5", "+2", "3e1"]}, id="values as text"),
        pytest.param({"price": pl.Series([1.5, 2, 30], dtype=pl.Float32)}, id="small numbers"),
        pytest.param({"name": pl.Series([" A", "A ", "B"], dtype=pl.Categorical)}, id="categories"),
        pytest.param({"name": pl.Series(["A", "A", "B"], dtype=pl.Enum(["A", "B"]))}, id="an enumeration"),
    ],
)
async def test_columns_of_any_fitting_type_are_read(tmp_path: Path, columns: dict[str, Any]) -> None:
    assert await rows(tmp_path, **parquet(tmp_path, {**GOOD, **columns})) == READ


async def test_days_may_be_numbers_of_a_declared_form(tmp_path: Path) -> None:
    content = {**GOOD, "day": [20260302, 20260303, 20260302]}
    assert await rows(tmp_path, **parquet(tmp_path, content, date_format="%Y%m%d")) == READ
    assert "of type Int64, and dates or text are needed" in await fault(tmp_path, **parquet(tmp_path, content))


async def test_what_is_wanted_is_all_that_comes(tmp_path: Path) -> None:
    declared = parquet(tmp_path, GOOD)
    assert await rows(tmp_path, Want("A", date(2026, 3, 3), date(2026, 3, 3)), **declared) == READ[1:2]
    assert await rows(tmp_path, Want(None, None, date(2026, 3, 2)), **declared) == [READ[0], READ[2]]


async def test_values_that_are_none_are_told(tmp_path: Path) -> None:
    content = {**GOOD, "price": [float("nan"), float("-inf"), -999.0]}
    found = await pull(tmp_path, **parquet(tmp_path, {**GOOD, "price": [None, 1.0, -999]}, missing=["-999"]))
    assert found["row"].to_list() == [2]
    found = await pull(tmp_path, **parquet(tmp_path, content))
    assert found.select("value", "text").rows() == [(None, "NaN"), (None, "-inf"), (-999.0, None)]


async def test_days_that_python_does_not_know_are_told(tmp_path: Path) -> None:
    days = pl.Series([20514, 20515, 99_999_999], dtype=pl.Int32).cast(pl.Date)
    declared = parquet(tmp_path, {**GOOD, "day": days})
    found = await pull(tmp_path, **declared)
    assert found["date"].to_list() == [date(2026, 3, 2), date(2026, 3, 3), None]
    assert found["text"].to_list() == [None, None, "(no day of the years 1 to 9999)"]
    assert len(await rows(tmp_path, Want(None, date(2026, 3, 3)), **declared)) == 2


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
async def test_moments_that_python_does_not_know_are_told(tmp_path: Path, unit: Any, zone: str | None) -> None:
    moments = pl.Series([-(2**63) + 1, 2**63 - 1, 0]).cast(pl.Datetime(unit, zone))
    found = await pull(tmp_path, **parquet(tmp_path, {**GOOD, "day": moments}))
    assert found["date"].to_list() == [None, None, date(1970, 1, 1)]


async def test_each_series_may_be_a_column_of_its_own_type(tmp_path: Path) -> None:
    content = {"day": DAYS[:2], "a": [6, 8], "b": ["2", "x"]}
    declared = parquet(tmp_path, content, series=None, value=None, **WIDE | {"rebase": "b"})
    assert await rows(tmp_path, **declared) == [
        ("A", "2026-03-02", 3.0, 1, None),
        ("B", "2026-03-02", 2.0, 1, None),
        ("B", "2026-03-03", None, 2, "x"),
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"price": [True, False, True]}, "column 'price' is of type Boolean, and numbers are needed"),
        ({"price": [[1], [2], [3]]}, "column 'price' is not there; the file has 'day', 'name', 'price.list."),
        ({"price": DAYS}, "column 'price' is of type Date"),
        ({"name": [1.5, 2.5, 3.5]}, "column 'name' is of type Float64, and text is needed"),
        ({"day": [1.5, 2.5, 3.5]}, "column 'day' is of type Float64"),
        ({"price": ["a", "b", "c"]}, "none of 3 cells can be read as a number; in row 1 it is 'a'"),
        ({"price": [None, None, None]}, "has no values for everything"),
        ({"day": [], "name": [], "price": []}, "it has no rows"),
        ({" price": [1, 2, 3]}, "column 'price' is there twice"),
    ],
)
async def test_columns_that_do_not_fit_are_said_so(tmp_path: Path, columns: dict[str, Any], words: str) -> None:
    assert words in await fault(tmp_path, **parquet(tmp_path, {**GOOD, **columns}))


async def test_a_lost_column_is_said_so(tmp_path: Path) -> None:
    said = await fault(tmp_path, **parquet(tmp_path, pl.DataFrame(GOOD).rename({"price": "Rate"})))
    assert "column 'price' is not there; the file has 'day', 'name', 'Rate'" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"<html>Log in</html>", "web page"),
        (b"day,name,price\n", "no Parquet"),
        (b"PAR1", "damaged"),
        (b"PAR1" + b"\xff" * 1000 + b"PAR1", "damaged"),
        (b"PAR1" + b"\0" * 100 + b"\x7f\xff\xff\x7fPAR1", "damaged"),
    ],
)
async def test_a_file_that_is_no_parquet_is_said_so(tmp_path: Path, content: bytes, words: str) -> None:
    declared = parquet(tmp_path, GOOD)
    (tmp_path / "x.parquet").write_bytes(content)
    assert words in await fault(tmp_path, **declared)


async def test_a_damaged_file_is_said_so_wherever_it_is_damaged(tmp_path: Path) -> None:
    declared = parquet(tmp_path, {name: [*column] * 500 for name, column in GOOD.items()})
    whole = (tmp_path / "x.parquet").read_bytes()
    told = 0
    for place in range(4, len(whole), 29):
        (tmp_path / "x.parquet").write_bytes(whole[:place] + b"\xff\x7f" + whole[place + 2 :])
        with suppress(SourceFault):
            await pull(tmp_path, **declared)
            continue
        told += 1
    assert told > 5


async def test_a_file_that_says_it_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = pl.select(pl.int_range(400_000).alias("price"), day=pl.lit(DAYS[0]), name=pl.lit("A"))
    large = small.with_columns(price=pl.lit("7" * 99) + pl.col("price").cast(pl.String))
    declared = parquet(tmp_path, large, largest=20_000_000)
    assert (tmp_path / "x.parquet").stat().st_size < 20_000_000
    assert "its columns unpack to" in await fault(tmp_path, **declared)
    monkeypatch.setattr(parquet_file, "MOST_ROWS", 399_999)
    assert "it has 400,000 rows, and at most 399,999 are read" in await fault(tmp_path, **parquet(tmp_path, small))


async def test_a_file_of_five_gigabytes_is_not_read(tmp_path: Path) -> None:
    declared = parquet(tmp_path, GOOD)
    with (tmp_path / "x.parquet").open("r+b") as file:
        file.truncate(5 << 30)
    assert "has 5,368,709,120 bytes" in await fault(tmp_path, **declared)


async def test_a_cell_that_is_far_too_long_is_cut(tmp_path: Path) -> None:
    # one word of 1 MB that is said 300 times takes little room in the file
    names = pl.Series(["n" * 1_000_000]).new_from_index(0, 300)
    huge = pl.DataFrame({"name": names}).with_columns(day=pl.lit(DAYS[0]), price=pl.lit(1.0))
    found = await pull(tmp_path, **parquet(tmp_path, huge))
    assert found.height == 300
    assert found["series"].str.len_chars().max() == 1000
