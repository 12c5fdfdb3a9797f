"""The report in print, read back from its PDF."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from agents.files import FileStore
from agents.report.contract import Report
from agents.report.findings import Issue
from agents.report.paper.print import MOST_TROUBLES
from agents.report.report import report
from tests.support.report_findings import Made, made, profile_of, values_of


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def decided(files: FileStore, given: Made, **profile: Any) -> Report:
    found = report(profile_of(**profile), files)(given.handoff)
    assert isinstance(found, Report)
    return found


def read(files: FileStore, given: Made, **profile: Any) -> PdfReader:
    return PdfReader(io.BytesIO(files.read(decided(files, given, **profile).paper)))


def text_of(pdf: PdfReader) -> str:
    whole = " ".join(page.extract_text() for page in pdf.pages).replace("\u200b", "")
    return " ".join(whole.split())


def test_the_paper_says_what_the_letter_says(files: FileStore) -> None:
    given = made(files, values_of(1))
    pdf = read(files, given)
    text = text_of(pdf)
    assert "Rates of the district" in text
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Rates of the district, March 2026"
    summary = [line[2:] for line in decided(files, given).text.splitlines() if line.startswith("- ")][:4]
    for sentence in summary:
        assert sentence in text


def test_the_paper_is_two_to_four_pages_of_a4(files: FileStore) -> None:
    pdf = read(files, made(files, values_of(1)))
    assert 2 <= len(pdf.pages) <= 4
    assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]


def test_a_page_says_its_number_and_of_how_many(files: FileStore) -> None:
    pdf = read(files, made(files, values_of(1)))
    assert f"1 of {len(pdf.pages)}" in pdf.pages[0].extract_text()


def test_equal_input_gives_equal_bytes(files: FileStore) -> None:
    given = made(files, values_of(1, 4))
    first, again = decided(files, given), decided(files, given)
    assert first == again
    created = PdfReader(io.BytesIO(files.read(first.paper))).metadata
    assert created is not None
    assert created.creation_date is not None
    assert created.creation_date.date() == date(2026, 3, 31), "the last day of the period"


HOSTILE = (
    "#set page(width: 1cm)",
    '#panic("x")',
    "*bold* _it_ @ref <label>",
    "$x^2$ `raw`",
    "</text><script>",
    "\\u{41}",
)


@pytest.mark.parametrize("title", HOSTILE)
def test_no_text_of_the_data_is_read_as_markup(files: FileStore, title: str) -> None:
    given = made(
        files,
        values_of(1, 2),
        profile_of({"S000": title}, subject=title, audience=title, unit=title),
        issues=[Issue(check="disagree", source=title, series="S000", measure=1, words=title)],
    )
    pdf = read(files, given, titles={"S000": title}, subject=title, audience=title, unit=title)
    text = "".join(text_of(pdf).split())
    assert text.count("".join(title.split())) >= 6
    assert round(float(pdf.pages[0].mediabox[2])) == 595


@pytest.mark.parametrize("title", ["שלום العربية", "🎉 party", "日本円", "x" * 200, "word " * 40])
def test_every_title_can_be_set(files: FileStore, title: str) -> None:
    pdf = read(files, made(files, values_of(1, 2), profile_of({"S000": title})), titles={"S000": title})
    assert len(pdf.pages) <= 2


def test_many_issues_are_cut_and_counted(files: FileStore) -> None:
    issues = [Issue(check="outlier", source="bank", measure=1, words=f"value {place}") for place in range(150)]
    pdf = read(files, made(files, values_of(1, 2), issues=issues))
    assert f"And {150 - MOST_TROUBLES} more." in text_of(pdf)
    assert len(pdf.pages) <= 4


def test_those_who_do_not_see_the_paper_can_read_it(files: FileStore) -> None:
    content = files.read(decided(files, made(files, values_of(1, 2))).paper)
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"], "the paper is tagged"
    assert root["/Lang"] == "en"
    described = [str(each) for each in _values(root["/StructTreeRoot"], "/Alt")]
    assert len(described) == 3
    assert sum("From March 2021 to March 2026 between " in each for each in described) == 2


def _values(node: Any, key: str) -> Iterator[Any]:
    """Every value of a key in the tree of tags."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from _values(each, key)
    elif isinstance(node, dict):
        if key in node:
            yield node[key]
        if "/K" in node:
            yield from _values(node["/K"], key)
