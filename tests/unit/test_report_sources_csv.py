"""CSV files as sources: what is read, and how every file that is no good ends in one clear line."""

import gzip
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agents.report.source import Want
from tests.support.report_sources import LONG, WIDE, fault, left_work_ends, pull, rows

GOOD = "day,name,price\n2026-03-02,A,1.5\n2026-03-03,A,2\n2026-03-02,B,30\n"

READ = [("A", "2026-03-02", 1.5, 1, None), ("A", "2026-03-03", 2.0, 2, None), ("B", "2026-03-02", 30.0, 3, None)]


def csv(folder: Path, content: str | bytes, **declared: Any) -> dict[str, Any]:
    """A declaration of a file with this content."""
    (folder / "x.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return {"kind": "csv", "path": "x.csv", **LONG, **declared}


def wide(folder: Path, content: str, **declared: Any) -> dict[str, Any]:
    return {**csv(folder, content), "series": None, "value": None, **WIDE, **declared}


def cells(*values: str) -> str:
    """A file in which these are the prices of A, day by day."""
    return "day,name,price\n" + "".join(f'2026-03-{day:02},A,"{value}"\n' for day, value in enumerate(values, 1))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(GOOD.encode(), id="LF"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r").encode(), id="CR"),
        pytest.param(GOOD.removesuffix("\n").encode(), id="no end at the end"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(gzip.compress(GOOD.encode()), id="gzipped"),
        pytest.param(gzip.compress(GOOD[:20].encode()) + gzip.compress(GOOD[20:].encode()), id="gzipped in parts"),
        pytest.param(b"\n\n" + GOOD.replace("\n", "\n  \n\n").encode(), id="blank lines"),
        pytest.param(GOOD.replace("day", '" day "').replace("1.5", '" +1.5\n"').encode(), id="spaces"),
    ],
)
async def test_a_file_is_read_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    assert await rows(tmp_path, **csv(tmp_path, content)) == READ


async def test_a_delimiter_is_taken_as_declared(tmp_path: Path) -> None:
    assert await rows(tmp_path, **csv(tmp_path, GOOD.replace(",", ";"), delimiter=";")) == READ


async def test_only_declared_series_are_taken_under_their_own_names(tmp_path: Path) -> None:
    declared = csv(tmp_path, GOOD, names={"B": "Beta", "C": "Gamma"})
    assert await rows(tmp_path, **declared) == [("Beta", "2026-03-02", 30.0, 3, None)]


async def test_what_is_wanted_is_all_that_comes(tmp_path: Path) -> None:
    declared = csv(tmp_path, GOOD)
    assert await rows(tmp_path, Want("A", date(2026, 3, 3), date(2026, 3, 3)), **declared) == READ[1:2]
    assert await rows(tmp_path, Want(None, None, date(2026, 3, 2)), **declared) == [READ[0], READ[2]]
    assert await rows(tmp_path, Want("C"), **declared) == []


async def test_a_series_that_is_not_declared_cannot_be_wanted(tmp_path: Path) -> None:
    declared = csv(tmp_path, GOOD, names={"A": "Alpha"})
    assert "no series 'A'; it has 'Alpha'" in await fault(tmp_path, want=Want("A"), **declared)


# what is no plain number is no value, and stands there as it is
NUMBERS = {
    " 1.5 ": 1.5,
    "+2": 2.0,
    "-.5": -0.5,
    "3.": 3.0,
    "1e3": 1000.0,
    "1E-2": 0.01,
    "nan": None,
    "-inf": None,
    "Infinity": None,
    "1e999": None,
    "1,234.5": None,
    "1_000": None,
    "0x10": None,
    "١": None,
    "=1+1": None,
    "=cmd|'/c calc'!A0": None,
    "@SUM(A1)": None,
    "--1": None,
    "5%": None,
    "x" * 5000: None,
}


async def test_numbers_are_read_and_nothing_is_evaluated(tmp_path: Path) -> None:
    found = await pull(tmp_path, **csv(tmp_path, cells(*NUMBERS)))
    assert found["value"].to_list() == list(NUMBERS.values())
    told = [None if value is not None else cell[:100] for cell, value in NUMBERS.items()]
    assert found["text"].to_list() == told


async def test_empty_cells_and_declared_words_are_no_rows(tmp_path: Path) -> None:
    declared = csv(tmp_path, cells("1", "", "  ", "N/A", " n.a. ", "n/a", "2"), missing=["N/A", "n.a."])
    found = await pull(tmp_path, **declared)
    assert found.select("row", "text").rows() == [(1, None), (6, "n/a"), (7, None)]


@pytest.mark.parametrize(
    ("written", "frequency", "date_format", "read"),
    [
        ("2026-03-31", "day", None, "2026-03-31"),
        (" 2026-03-31 ", "month", None, "2026-03-31"),
        ("2026-03-31T00:00:00Z", "day", None, "2026-03-31"),
        ("2026-03", "month", None, "2026-03-01"),
        ("2026-03", "day", None, None),
        ("2026-Q2", "quarter", None, "2026-04-01"),
        ("2026", "year", None, "2026-01-01"),
        ("31.03.2026", "day", "%d.%m.%Y", "2026-03-31"),
        ("03/2026", "month", "%m/%Y", "2026-03-01"),
        ("2026-02-30", "day", None, None),
        # days that Python has no date for
        ("0000-01-01", "day", None, None),
        ("+12026-01-01", "day", None, None),
        ("=TODAY()", "day", None, None),
        ("", "day", None, None),
    ],
)
async def test_dates_are_read_as_declared(
    tmp_path: Path, written: str, frequency: str, date_format: str | None, read: str | None
) -> None:
    content = f"day,name,price\n{written},A,1\n{'01.01.2000' if date_format == '%d.%m.%Y' else '2000-01-01'},A,2\n"
    declared = csv(tmp_path, content, frequency=frequency, date_format=date_format)
    found = await rows(tmp_path, **declared)
    [row] = [each for each in found if each[3] == 1]
    assert row == ("A", read, 1.0, 1, None if read else written)


async def test_rows_of_unknown_days_come_unless_one_series_is_wanted(tmp_path: Path) -> None:
    declared = csv(tmp_path, GOOD + "soon,A,7\n")
    since = date(2026, 3, 3)
    assert [row[3] for row in await rows(tmp_path, Want(None, since), **declared)] == [4, 2]
    assert [row[3] for row in await rows(tmp_path, Want("A", since), **declared)] == [2]


async def test_a_value_without_a_name_is_not_lost(tmp_path: Path) -> None:
    found = await rows(tmp_path, **csv(tmp_path, GOOD + "2026-03-04,,7\n"))
    assert found[0] == ("(no name)", "2026-03-04", 7.0, 4, None)


async def test_each_series_may_be_a_column(tmp_path: Path) -> None:
    declared = wide(tmp_path, "day,a,b,c,\n2026-03-02,1,x,3,\n2026-03-03,,5,6,\n")
    assert await rows(tmp_path, **declared) == [
        ("A", "2026-03-02", 1.0, 1, None),
        ("B", "2026-03-02", None, 1, "x"),
        ("B", "2026-03-03", 5.0, 2, None),
    ]
    assert await rows(tmp_path, Want("A"), **declared) == [("A", "2026-03-02", 1.0, 1, None)]


async def test_series_are_divided_by_another_of_the_same_row(tmp_path: Path) -> None:
    # a divisor that is missing, unreadable or 0 leaves the others without a value; an unreadable cell stays one
    lines = ["day,a,b", "2026-03-02,10,4", "2026-03-03,10,", "2026-03-04,10,x", "2026-03-05,10,0", "2026-03-06,?,"]
    declared = wide(tmp_path, "\n".join(lines), rebase="b")
    assert await rows(tmp_path, Want("A"), **declared) == [
        ("A", "2026-03-02", 2.5, 1, None),
        ("A", "2026-03-06", None, 5, "?"),
    ]
    assert await rows(tmp_path, Want("B"), **declared) == [
        ("B", "2026-03-02", 4.0, 1, None),
        ("B", "2026-03-04", None, 3, "x"),
        ("B", "2026-03-05", 0.0, 4, None),
    ]


async def test_a_file_that_is_not_there_is_said_with_where_to_get_it(tmp_path: Path) -> None:
    declared = csv(tmp_path, GOOD, path="data/x.csv", download="Get it at example.org")
    said = await fault(tmp_path, **declared)
    assert f"no file 'data/x.csv' in '{tmp_path / 'nowhere'}', '{tmp_path}'. Get it at example.org. Set " in said
    assert "ROUNDHOUSE_DATA_DIR to the folder that holds it as 'data/x.csv'." in said
    assert "there is no file '/none/x.csv'. Get it" in await fault(tmp_path, **{**declared, "path": "/none/x.csv"})


async def test_a_file_that_nobody_offers_is_said_with_where_it_was_looked_for(tmp_path: Path) -> None:
    said = await fault(tmp_path, **csv(tmp_path, GOOD, path="data/x.csv"))
    assert said.endswith(f"in '{tmp_path / 'nowhere'}', '{tmp_path}'. Correct its path in the profile.")
    assert (await fault(tmp_path, **csv(tmp_path, GOOD, path="/none/x.csv"))).endswith(
        "Correct its path in the profile."
    )


@pytest.mark.parametrize(
    ("there", "declared", "written"), [(";", ",", '";"'), (",", ";", '","'), ("\t", ",", r'"\t"'), ("|", ",", '"|"')]
)
async def test_the_delimiter_that_would_give_the_columns_is_named(
    tmp_path: Path, there: str, declared: str, written: str
) -> None:
    said = await fault(tmp_path, **csv(tmp_path, GOOD.replace(",", there), delimiter=declared))
    assert f"declare delimiter = {written}" in said


async def test_a_comma_before_the_decimals_is_read_as_declared(tmp_path: Path) -> None:
    written = {" 1,5 ": 1.5, "-,5": -0.5, "2": 2.0, "1e3": 1000.0, "1.234,5": None, "1.5": None, "1,2,3": None}
    found = await pull(tmp_path, **csv(tmp_path, cells(*written), decimal=","))
    assert found["value"].to_list() == list(written.values())


@pytest.mark.parametrize(
    ("values", "declared", "says"),
    [
        (["1,5", "2,25"], {}, "none of 2 cells can be read as a number; in row 1 it is '1,5'. Declare decimal = \",\""),
        (
            ["1,5", "2,25", "3"],
            {},
            "2 of 3 cells cannot be read as a number; in row 1 it is '1,5'. Declare decimal = \",\"",
        ),
        (["1.5", "2.25"], {"decimal": ","}, 'Declare decimal = "."'),
        (["n.a.", "n.a."], {}, 'Declare missing = ["n.a."]'),
        (["n.a.", " n.a. ", "?"], {"missing": ["-"]}, 'Declare missing = ["-", "n.a."]'),
        # what may be thousands is not told to be decimals
        (["1,500", "2,250"], {}, "Declare words for no value as missing"),
        (["low", "high"], {}, "Declare words for no value as missing"),
    ],
)
async def test_what_would_make_cells_readable_is_said(
    tmp_path: Path, values: list[str], declared: dict[str, Any], says: str
) -> None:
    assert says in await fault(tmp_path, **csv(tmp_path, cells(*values), **declared))


async def test_a_few_cells_with_the_other_decimal_sign_are_told_one_by_one(tmp_path: Path) -> None:
    found = await pull(tmp_path, **csv(tmp_path, cells("1,5", "2", "3.5")))
    assert found["text"].to_list() == ["1,5", None, None]


BOMB = gzip.compress(b"day,name,price\n" + b"2026-03-02,A,1\n" * 400_000)

# the content, and what is said of it
BROKEN: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty"),
    "blank": ("\n \n\n", "it is empty"),
    "only a header": ("day,name,price\n", "has no rows"),
    "no values": ("day,name,price\n2026-03-01,A,\n", "has no values for everything"),
    "HTML": ("\n <!DOCTYPE html><html><body>Log in</body></html>", "web page"),
    "HTML, gzipped": (gzip.compress(b"<html><title>503</title></html>"), "web page"),
    "a ZIP archive": (b"PK\x03\x04" + b"\0" * 100, "ZIP archive"),
    "Parquet": (b"PAR1" + b"\0" * 100, 'kind = "parquet"'),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-16"),
    "gzipped twice": (gzip.compress(gzip.compress(GOOD.encode())), "gzipped once more"),
    "cut off": (gzip.compress(os.urandom(5000))[:-2000], "NUL|damaged|UTF-8"),
    "cut off text": (gzip.compress(GOOD.encode())[:-9], "damaged"),
    "bad check sum": (gzip.compress(GOOD.encode())[:-8] + b"\1\2\3\4\5\6\7\0", "cannot be read|damaged"),
    "a NUL": (GOOD + "2026-03-04,A,\0\n", "NUL"),
    "Latin-1": (GOOD.encode() + "2026-03-04,Zoë,1\n".encode("latin-1"), "not text in UTF-8"),
    "a lost column": (GOOD.replace("price", "Rate"), "column 'price' is not there; the file has 'day', 'name', 'Rate'"),
    "a column twice": (GOOD.replace("name", "price"), "two columns 'price'"),
    "too few cells": (GOOD + "2026-03-04,A\n", "line 5 has 2 cells, and the header 3"),
    "too many cells": (GOOD + "2026-03-04,A,1,5\n", "line 5 has 4 cells, and the header 3"),
    "an open quote": (GOOD + '2026-03-04,"A,1\n2026-03-05,A,2\n', "line 5 opens a quote"),
    "a whole file in a quote": ('day,name,price\n"' + "2026-03-04,A,1\n" * 50_000, "line 2 opens a quote"),
    "text after a quote": (GOOD + '2026-03-04,"A"B,1\n', "line 5 is no CSV"),
    "a million columns": (",".join(f"c{n}" for n in range(1_000_000)) + "\n1\n", "rows that are far too long"),
    "a row of many lines": ('day,name,price\n"' + '\n","' * 300_000 + '"\n', "line 2 has 300,001 cells"),
    "no line ends": ("day,name,price\n" + "x" * 3_000_000, "rows that are far too long"),
    "other names": (GOOD, "column 'name' has none of the names that are declared; it has 'A', 'B'"),
    "values that are none": (cells("low", "high"), "none of 2 cells can be read as a number; in row 1 it is 'low'"),
    "dates that are none": (GOOD.replace("2026-03-", "March "), "column 'day': none of 3 cells can be read as a date"),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_file_that_is_no_good_is_said_so(tmp_path: Path, what: str) -> None:
    content, words = BROKEN[what]
    names = {"names": {"Z": "Z"}} if what == "other names" else {}
    said = await fault(tmp_path, **csv(tmp_path, content, **names))
    assert any(word in said for word in words.split("|")), said


async def test_a_column_that_holds_something_else_now_is_said_so(tmp_path: Path) -> None:
    lines = [f"2026-03-{day:02},{day},none" for day in range(1, 20)]
    said = await fault(tmp_path, **wide(tmp_path, "\n".join(["day,a,b", *lines])))
    assert "column 'b': none of 19 cells can be read as a number" in said


async def test_a_file_of_five_gigabytes_is_not_read(tmp_path: Path) -> None:
    declared = csv(tmp_path, GOOD)
    with (tmp_path / "x.csv").open("r+b") as file:
        file.truncate(5 << 30)
    said = await fault(tmp_path, **declared)
    assert "has 5,368,709,120 bytes, and at most 1,073,741,824 are declared. Raise its largest, or give Parquet" in said


async def test_a_small_file_that_unpacks_to_a_large_one_is_left(tmp_path: Path) -> None:
    said = await fault(tmp_path, **csv(tmp_path, BOMB, largest=1_000_000))
    assert "unpacks to more than the 1,000,000 bytes" in said
    assert sum(each.stat().st_size for each in tmp_path.rglob("*.parquet")) < 1_000_000


async def test_a_file_is_no_folder_and_no_pipe(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert "is a folder" in await fault(tmp_path, **csv(tmp_path, GOOD, path="folder"))
    assert "is no ordinary file" in await fault(tmp_path, **csv(tmp_path, GOOD, path="pipe"))
    assert "cannot be read" in await fault(tmp_path, **csv(tmp_path, GOOD, path="x\0.csv"))
    assert "cannot be read" in await fault(tmp_path, **csv(tmp_path, GOOD, path="x" * 5000))


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "locked"
    path.mkdir()
    path.chmod(0)
    yield path
    path.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read_is_said_so(tmp_path: Path, locked: Path) -> None:
    assert "may not be read" in await fault(tmp_path, **csv(tmp_path, GOOD, path="locked/x.csv"))


async def test_a_pull_ends_in_its_time(tmp_path: Path) -> None:
    declared = csv(tmp_path, "day,name,price\n" + "2026-03-02,A,1\n" * 2_000_000, timeout=0.05)
    assert "took longer than 0.05 seconds" in await fault(tmp_path, "down", **declared)
    await left_work_ends()


async def test_a_delimiter_that_cannot_be_one_is_said_so(tmp_path: Path) -> None:
    assert "cannot be the delimiter" in await fault(tmp_path, **csv(tmp_path, GOOD, delimiter='"'))
