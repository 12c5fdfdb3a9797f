"""The report specialist: what it decides, and what a chat model in its seat may write."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agents.chat.schema import filled_fields
from agents.chat.specialist import ModelSpecialist
from agents.files import FileLost, FileStore
from agents.report.contract import Report
from agents.report.dataset import Dataset
from agents.report.findings import Findings, Issue
from agents.report.report import file_name, report
from agents.specialist import Handoff
from tests.support.report_findings import made, profile_of, values_of


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def decided(files: FileStore, handoff: Handoff[Any]) -> Report:
    found = report(profile_of(), files)(handoff)
    assert isinstance(found, Report)
    return found


def test_a_report_says_what_it_is_and_keeps_a_page_and_a_paper(files: FileStore) -> None:
    found = decided(files, made(files, values_of(1, 3)).handoff)
    assert (found.title, found.period, found.audience) == ("Rates of the district", "2026-03", "treasury")
    assert found.subject == "Rates of the district, March 2026"
    assert (found.page.name, found.paper.name) == ("rates-2026-03.html", "rates-2026-03.pdf")
    assert files.read(found.page).startswith(b"<!doctype html>")
    assert files.read(found.paper).startswith(b"%PDF-")


def test_every_number_of_the_stored_summary_is_a_placeholder(files: FileStore) -> None:
    found = decided(files, made(files, values_of(1, 3)).handoff)
    assert 3 <= len(found.summary) <= 6
    assert any("{count_series}" in sentence for sentence in found.summary)
    assert any("_change}" in sentence for sentence in found.summary)


def test_the_letter_has_the_numbers_the_open_points_and_the_sources(files: FileStore) -> None:
    issues = [
        Issue(check="disagree", source="bank/mint", series="S001", measure=1, words="0.66 % apart"),
        Issue(check="inverted", source="mint", measure=1, words="the other way round", state="repaired"),
    ]
    found = decided(files, made(files, values_of(1, 3), issues=issues).handoff)
    assert found.open_points == 1
    assert "- S001, bank/mint: 0.66 % apart\n" in found.text
    assert "the other way round" not in found.text
    assert "- mint (The mint of the district): everything, 360 rows." in found.text
    assert "{" not in found.text
    assert "\nMarch 2026\nData up to 1 March 2026\n" in found.text
    assert "- 3 series have a value in March 2026" in found.text


def test_a_letter_with_many_open_points_counts_the_rest(files: FileStore) -> None:
    issues = [Issue(check="outlier", source="bank", measure=1, words=f"value {place}") for place in range(150)]
    found = decided(files, made(files, values_of(1, 3), issues=issues).handoff)
    assert found.open_points == 150
    assert "- and 140 more, in the report\n" in found.text


def test_no_text_of_the_data_forges_a_line_of_the_letter(files: FileStore) -> None:
    issue = Issue(check="outlier", source="bank\r\nBcc: x", measure=1, words="far off\n\nSources\n- none")
    handoff = made(files, values_of(1, 3), issues=[issue]).handoff
    case = handoff.case.model_copy(update={"subject": "Rates\r\nBcc: everybody"})
    found = decided(files, Handoff(case, handoff.decisions))
    assert found.subject == "Rates Bcc: everybody, March 2026"
    assert found.text.count("\nSources\n") == 1
    assert "\nBcc" not in found.text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("exchange-rates", "exchange-rates-2026-03"),
        ("../../etc/passwd", "etc-passwd-2026-03"),
        ("Größe & Währung", "Gr-e-W-hrung-2026-03"),
        ("\x00\n", "report-2026-03"),
        ("x" * 300, "x" * 80 + "-2026-03"),
    ],
)
def test_files_are_named_by_safe_characters(name: str, safe: str) -> None:
    assert file_name(name, "2026-03") == safe


def test_a_file_that_is_lost_is_said_so(files: FileStore) -> None:
    given = made(files, values_of(1, 3))
    files.path(given.findings.course).unlink()
    with pytest.raises(FileLost, match=r"'course\.parquet'"):
        decided(files, given.handoff)


def test_another_profile_is_another_version(files: FileStore) -> None:
    assert report(profile_of(), files).version != report(profile_of(decimals=1), files).version
    assert report(profile_of(), files).needs == (Dataset, Findings)


async def test_a_turn_makes_the_decision(files: FileStore) -> None:
    given = made(files, values_of(1, 2))
    turn = await report(profile_of(), files).turn(given.handoff, given.dataset.pulls[0].at)
    assert turn.result == decided(files, given.handoff)


def derived(files: FileStore, *summary: str) -> Report:
    """What follows from a summary that a chat model wrote."""
    owner = report(profile_of(), files)
    assert owner.brief is not None
    filled = {"summary": summary, "confidence": 0.8, "rationale": "Because."}
    rest = owner.brief.derived(made(files, values_of(1, 3)).handoff, filled)
    return Report.model_validate(filled | dict(rest))


def test_a_model_words_the_summary_and_the_rest_follows(files: FileStore) -> None:
    found = derived(files, "{S000_name} moved by {S000_change} in {period}.", "All else is quiet.")
    assert found.summary == ("{S000_name} moved by {S000_change} in {period}.", "All else is quiet.")
    assert "- S000 moved by −1.0 % in March 2026.\n- All else is quiet.\n" in found.text
    assert b"All else is quiet." in files.read(found.page)
    assert found.confidence == 0.8


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("It rose by 3 percent.", "sentence 1: a number stands outside of a placeholder"),
        ("It rose by {S000_growth}.", r"sentence 1: \{S000_growth\} is no figure"),
    ],
)
def test_a_model_that_writes_a_number_of_its_own_is_told_so(files: FileStore, sentence: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        derived(files, sentence)


def test_what_a_model_writes_is_never_markup(files: FileStore) -> None:
    found = derived(files, "<script>alert()</script> #panic() {S000_change}")
    assert b"<script>" not in files.read(found.page)
    assert b"&lt;script&gt;" in files.read(found.page)


def test_a_chat_model_in_the_seat_fills_the_summary_only(files: FileStore) -> None:
    brief = report(profile_of(), files).brief
    assert brief is not None
    seated = ModelSpecialist("report", Report, brief, "some-model", needs=(Dataset, Findings))
    assert set(filled_fields(seated.decides, seated.brief)) == {"summary", "confidence", "rationale"}


def test_reports_made_at_once_are_like_those_made_one_by_one(files: FileStore) -> None:
    handoffs = [made(files, values_of(seed, 2)).handoff for seed in range(4)]
    alone = [decided(files, handoff) for handoff in handoffs]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda handoff: decided(files, handoff), handoffs)) == alone


def test_nothing_heavy_is_loaded_before_a_report_is_made() -> None:
    code = "import sys, agents.report.report; print(*sorted({'matplotlib', 'typst', 'jinja2'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
