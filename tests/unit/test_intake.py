"""Intake: good rows become cases, and one bad row costs one row."""

import gzip
import json
from pathlib import Path

import pytest
from pydantic import Field

from runtime.intake import Accepted, Rejected, Row, Source
from state.case import Case
from state.errors import UnreadableSource


class Lead(Case):
    company: str
    employees: int = Field(ge=1)
    note: str = ""
    rate: float | None = Field(default=None, alias="emp.rate")


def rows(path: Path) -> list[Row]:
    return list(Source(path, Lead).rows())


def csv_file(folder: Path, text: str | bytes, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def outline(found: list[Row]) -> list[str]:
    """Each row as its case's id, or its line with the fields that are wrong."""
    return [
        row.case.id if isinstance(row, Accepted) else f"{row.line}:{','.join(each.field for each in row.problems)}"
        for row in found
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,company,employees\na,X,1\nb,Y,2\n", ["a", "b"]),  # plain
        ("id;company;employees\na;X, Inc;1\n", ["a"]),  # another delimiter
        ("\ufeffid,company,employees\r\na,X,1\r\n", ["a"]),  # byte order mark and DOS line ends
        ("id,company,employees,extra\na,X,1,?\n", ["a"]),  # a column that the case does not have
        (
            "company,employees\nX,1\nX,1\n",
            ["leads-68aba5b6c08d", "leads-68aba5b6c08d-2"],
        ),  # no ids: made of the content
        ('id,company,employees\na,"X\nY ""Z""",1\nb,Y,2\n', ["a", "b"]),  # line ends and quotes in a field
        ("id,company,employees\na,X,1\n\n\nb,Y,2\n", ["a", "b"]),  # empty lines
        ("id,company,employees\na,X,0\nb,Y,2\n", ["2:employees", "b"]),  # out of range
        ("id,company,employees\na,X,many\n", ["2:employees"]),  # wrong type
        ("id,company,employees\na,,\n", ["2:company,employees"]),  # two fields missing
        ("id,company,employees\na,X,1\na,Y,2\n", ["a", "3:id"]),  # the same id twice
        ("id,company,employees\na,X\nb,Y,2,3\nc,Z,3\n", ["2:row", "3:row", "c"]),  # too few, too many fields
        ('id,company,employees\na,"X,1\nb,Y,2\nc,Z,3\n', ["2:row", "b", "c"]),  # a quote that is never closed
        ('id,company,employees\na,"X,1\nb,"Y,2\nc,Z,3\n', ["2:row", "3:row", "c"]),  # two of them pair up
        ('id,company,employees\na,"X"Y,1\nb,Y,2\n', ["2:row", "b"]),  # text behind a closing quote
        (b"id,company,employees\na,\xff\xfe,1\nb,Y,2\n", ["2:row", "b"]),  # wrong encoding
        (b"id,company,employees\na,\0,1\nb,Y,2\n", ["2:row", "b"]),  # a null character
        ("id,company,employees,emp.rate\na,X,1,2.5\nb,Y,1,\n", ["a", "b"]),  # a heading that is an alias
    ],
)
def test_a_bad_row_costs_one_row(tmp_path: Path, text: str | bytes, expected: list[str]) -> None:
    assert outline(rows(csv_file(tmp_path, text))) == expected


def test_a_quarantined_value_is_kept_and_cut(tmp_path: Path) -> None:
    [row] = rows(csv_file(tmp_path, f"id,company,employees\na,X,{'9' * 500}x\n"))
    assert isinstance(row, Rejected)
    [problem] = row.problems
    assert problem.field == "employees"
    assert "integer" in problem.reason
    assert problem.text == "9" * 200


def test_json_lines_are_read_with_their_own_problems(tmp_path: Path) -> None:
    lines = [json.dumps({"id": "a", "company": "X", "employees": 3}), "{", "[1]", '{"id": "d", "company": 5}']
    found = rows(csv_file(tmp_path, "\n".join(lines), "leads.jsonl"))
    assert outline(found) == ["a", "2:row", "3:row", "4:company,employees"]


def test_what_no_database_keeps_is_quarantined(tmp_path: Path) -> None:
    texts = ["\\ud800", "\\u0000"]
    lines = [f'{{"id": "a{n}", "company": "{text}", "employees": 1}}' for n, text in enumerate(texts)]
    lines += ['{"id": "\\ud800", "company": "X", "employees": 1}', "[" * 100_000]
    found = rows(csv_file(tmp_path, "\n".join(lines), "leads.jsonl"))
    assert all(isinstance(row, Rejected) for row in found)
    assert len(found) == 4


def test_a_number_is_taken_as_an_id(tmp_path: Path) -> None:
    assert outline(rows(csv_file(tmp_path, '{"id": 7, "company": "X", "employees": 1}', "l.jsonl"))) == ["7"]


def test_line_ends_of_other_writing_systems_are_text(tmp_path: Path) -> None:
    assert outline(rows(csv_file(tmp_path, "id,company,employees\na,X\u2028Y,1\nb,Z\x0bW,2\n"))) == ["a", "b"]


def test_a_gzipped_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = csv_file(tmp_path, gzip.compress(b"id,company,employees\na,X,1\n"), "leads.csv.gz")
    assert outline(rows(path)) == ["a"]


def test_only_the_wanted_places_are_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "id,company,employees\n" + "".join(f"c{n},X,1\n" for n in range(10)))
    found = list(Source(path, Lead).rows({2, 7}.__contains__))
    assert outline(found) == ["c2", "c7"]
    assert [row.position for row in found] == [2, 7]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("leads.csv", b"", "no first line"),
        ("leads.csv", "id,company\na,X\n".encode("utf-16"), "UTF-8"),
        ("leads.csv", b"id,company\na,X\n", "'employees'"),
        ("leads.csv", b"id,company,company,employees\n", "more than once"),
        ("leads.csv.gz", b"not gzip", "cannot be read"),
        ("leads.csv.gz", gzip.compress(b"id,company,employees\na,X,1\n" * 99)[:40], "cannot be read"),
        ("leads.xlsx", b"", ".csv or .jsonl"),
        ("leads.csv", b"id,company,employees\ra,X,1\r", "line feed"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str, text: bytes, says: str) -> None:
    path = csv_file(tmp_path, text, name)
    with pytest.raises(UnreadableSource, match=says) as raised:
        rows(path)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_or_a_folder_is_said_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path / "folder.csv"):
        if path.stem == "folder":
            path.mkdir()
        with pytest.raises(UnreadableSource, match="no such file"):
            rows(path)


def test_the_digest_changes_with_the_content(tmp_path: Path) -> None:
    first = Source(csv_file(tmp_path, "id,company,employees\na,X,1\n"), Lead).digest()
    assert Source(csv_file(tmp_path, "id,company,employees\na,X,2\n"), Lead).digest() != first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,company,employees,notes\na,X,1,y\nb,Y,2,z\n", ["leads.csv: 'notes' is not read; did you mean 'note'?"]),
        ("id,company,employees,empl.rate\na,X,1,y\n", ["leads.csv: 'empl.rate' is not read; did you mean 'emp.rate'?"]),
        ("id,company,employees,note,notes\na,X,1,y,z\n", []),  # the field is there
        ("id,company,employees,colour\na,X,1,y\n", []),  # like none
    ],
)
def test_a_heading_that_is_nearly_a_fields_is_told_once(tmp_path: Path, text: str, said: list[str]) -> None:
    assert list(Source(csv_file(tmp_path, text), Lead).misread()) == said


def test_only_the_first_hundred_rows_are_looked_at_for_misspelled_keys(tmp_path: Path) -> None:
    good, bad = '{"id": "a", "company": "X", "employees": 1}\n', '{"company": "X", "employees": 1, "notes": ""}\n'
    path = csv_file(tmp_path, "nonsense\n" + 98 * good + bad, "leads.jsonl")
    assert len(list(Source(path, Lead).misread())) == 1
    assert not list(Source(csv_file(tmp_path, 100 * good + bad, "late.jsonl"), Lead).misread())
