"""The summary of a report: its rules, and what its placeholders stand for."""

from pathlib import Path

import pytest

from agents.files import FileStore
from agents.report.findings import Issue
from agents.report.paper.book import Book
from agents.report.paper.summary import MOST_SENTENCES, Words, sentences
from agents.report.period import Period
from agents.report.profile import ReportProfile
from state.template import placeholders
from tests.support.report_findings import Made, Values, made, profile_of, values_of

TWO: Values = {"UP": [1.0] * 12 + [2.0, 4.0], "DOWN": [8.0] * 12 + [4.0, 3.0]}


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def told(files: FileStore, given: Made, profile: ReportProfile | None = None) -> str:
    """The summary by rules, filled in."""
    profile = profile or profile_of()
    book = Book.read(given.dataset, given.findings, files)
    words = Words(profile, Period.parse(given.findings.period), book)
    written = sentences(profile, given.findings, book)
    words.check(written)
    return " ".join(words.text(sentence) for sentence in written)


def test_the_largest_rise_and_fall_are_told_with_their_levels(files: FileStore) -> None:
    text = told(files, made(files, TWO))
    assert "2 series have a value in March 2026; 1 rose from February 2026, 1 fell." in text
    assert "UP rose most (+100.0 %, to 4.000 per mark) and DOWN fell most (−25.0 %, to 3.000 per mark)" in text
    assert "Against March 2025, UP rose most (+300.0 %) and DOWN fell most (−62.5 %)." in text


def test_one_series_is_told_of_by_its_name(files: FileStore) -> None:
    text = told(files, made(files, {"UP": TWO["UP"]}), profile_of({"UP": "Copper"}))
    assert text.startswith("Copper stands at 4.000 per mark in March 2026, +100.0 % from February 2026.")
    assert "Against March 2025 it changed by +300.0 %." in text


def test_where_nothing_fell_nothing_is_said_to_fall(files: FileStore) -> None:
    text = told(files, made(files, {"UP": TWO["UP"], "TOO": [1.0, 1.5]}))
    assert "UP rose most" in text
    assert "fell most" not in text


def test_a_history_of_one_period_is_compared_with_nothing(files: FileStore) -> None:
    text = told(files, made(files, values_of(1, 3, 1)))
    assert text.startswith("3 series have a value in March 2026, and no earlier one to compare it with.")


def test_a_period_without_any_value_is_said_to_have_none(files: FileStore) -> None:
    assert told(files, made(files, {"A": [1.0, None]})).startswith("No series has a value in March 2026.")
    assert told(files, made(files, {})).startswith("No series has a value in March 2026.")


def test_only_what_is_open_in_the_period_is_counted_as_open(files: FileStore) -> None:
    march, before = Period.parse("2026-03"), Period.parse("2026-01")
    issues = [
        Issue(check="disagree", source="a/b", first=march.first, last=march.last, measure=1, words="open"),
        Issue(check="missing", source="a", measure=1, words="open, of all days"),
        Issue(check="outlier", source="a", first=before.first, last=before.last, measure=1, words="open before"),
        Issue(check="inverted", source="a", measure=1, words="done", state="repaired"),
    ]
    text = told(files, made(files, TWO, issues=issues))
    assert "1 issue of the data was repaired; 2 points that concern March 2026 stayed open; " in text
    assert text.endswith("; 1 point is open at other times.")
    assert told(files, made(files, TWO)).endswith("Nothing stayed open.")
    earlier = told(files, made(files, TWO, issues=issues[2:3]))
    assert earlier.endswith("Nothing that concerns March 2026 stayed open; 1 point is open at other times.")


@pytest.mark.parametrize(
    ("many", "named"),
    [
        (1, "L0 has no value in the first quarter of 2026."),
        (2, "L0 and L1 have no value in the first quarter of 2026."),
        (8, "L0, L1, L2, L3, L4 and 3 more have no value in the first quarter of 2026."),
    ],
)
def test_series_without_a_value_are_named(files: FileStore, many: int, named: str) -> None:
    lacking: Values = {f"L{place}": [1.0, None] for place in range(many)}
    text = told(files, made(files, {**TWO, **lacking}, period="2026-Q1"))
    assert named in text
    assert text.endswith(
        f"{many} point{' that concerns' if many == 1 else 's that concern'} the first quarter of 2026 stayed open."
    )


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ((2.0, 3.0), "; all 2 rose from the fourth quarter of 2025."),
        ((0.5, 0.6), "; all 2 fell from the fourth quarter of 2025."),
        ((2.0, 1.0), "; 1 rose from the fourth quarter of 2025, 1 stayed the same."),
        ((1.0, 1.0), "; all 2 stayed the same as in the fourth quarter of 2025."),
        ((2.0, 0.5), "; 1 rose from the fourth quarter of 2025, 1 fell."),
    ],
)
def test_how_many_moved_is_said_in_as_few_words_as_do(files: FileStore, moves: tuple[float, ...], words: str) -> None:
    values: Values = {f"S{place}": [1.0, move] for place, move in enumerate(moves)}
    assert words in told(files, made(files, values, period="2026-Q1"))


def test_a_turn_is_told_with_its_month(files: FileStore) -> None:
    assert "UP (peak in January 2026)" in told(files, made(files, TWO))


def test_no_sentence_of_the_rules_has_a_digit_of_its_own(files: FileStore) -> None:
    given = made(files, values_of(2, 30), profile_of(unit="per 100 kg"))
    book = Book.read(given.dataset, given.findings, files)
    for sentence in sentences(profile_of(unit="per 100 kg"), given.findings, book):
        bare = sentence
        for name in placeholders(sentence):
            bare = bare.replace(f"{{{name}}}", "")
        assert not any(letter.isdigit() for letter in bare)


HOSTILE = ("{DOWN_change} {nope}", "10-year yield", "a\nSubject: x\u202e", "x" * 200, "")


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_words_whatever_it_holds(files: FileStore, title: str) -> None:
    profile = profile_of({"UP": title})
    text = told(files, made(files, TWO, profile), profile)
    shown = " ".join(title.replace("\u202e", " ").split())[:40] or "UP"
    assert f"{shown}" in text
    assert "\n" not in text


def words(files: FileStore) -> Words:
    given = made(files, TWO)
    return Words(profile_of(), Period.parse("2026-03"), Book.read(given.dataset, given.findings, files))


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("It rose by 2 percent.", "a number stands outside of a placeholder"),
        ("It rose by ² percent.", "a number stands outside of a placeholder"),
        ("It rose by {UP_chance}.", r"\{UP_chance\} is no figure of the findings"),
        ("It rose by {UP change}.", "a brace belongs to no placeholder"),
        ("It rose {UP_change", "a brace belongs to no placeholder"),
        ("  ", "write 1 to 600 characters"),
        ("x" * 601, "write 1 to 600 characters"),
    ],
)
def test_a_sentence_that_breaks_the_rule_is_refused_in_words(files: FileStore, sentence: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"summary, sentence 2: {problem}"):
        words(files).check(["All is well.", sentence])


@pytest.mark.parametrize("many", [0, MOST_SENTENCES + 1])
def test_a_summary_has_a_few_sentences(files: FileStore, many: int) -> None:
    with pytest.raises(ValueError, match=f"summary has {many} sentences"):
        words(files).check(["All is well."] * many)


def test_any_figure_may_be_told_of_and_each_is_known_by_its_name(files: FileStore) -> None:
    parts = words(files).parts("{UP_name} was {UP_year_before} in {year_before}.")
    assert "".join(part.text for part in parts) == "UP was 1.000 in March 2025."
    assert [part.figure for part in parts if part.figure] == ["UP_year_before"]
