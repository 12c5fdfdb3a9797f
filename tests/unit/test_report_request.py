"""Report requests, periods and profiles: what they accept, and in which words they refuse."""

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from agents.report.period import Period
from agents.report.profile import load_profile, shipped_profiles
from agents.report.request import ReportRequest
from agents.report.requests import request_path
from runtime.intake import Accepted, Source
from state.errors import InvalidProfile, UnreadableSource


@pytest.mark.parametrize(
    ("text", "first", "last", "before", "year_before", "words"),
    [
        ("2026-03", date(2026, 3, 1), date(2026, 3, 31), "2026-02", "2025-03", "March 2026"),
        ("2024-01", date(2024, 1, 1), date(2024, 1, 31), "2023-12", "2023-01", "January 2024"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4", "2025-Q1", "first quarter of 2026"),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2023", "2023", "2024"),
    ],
)
def test_a_period_knows_its_days_and_those_before(
    text: str, first: date, last: date, before: str, year_before: str, words: str
) -> None:
    period = Period.parse(text)
    assert (period.first, period.last, str(period), period.words) == (first, last, text, words)
    assert (str(period.shifted(-1)), str(period.year_before)) == (before, year_before)
    assert Period.of(last, period.grain) == period


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "26-03", "March", "2026-3", "0000-01", "9999"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a month as 2026-03"):
        Period.parse(text)


def request(**given: object) -> ReportRequest:
    return ReportRequest.model_validate({"id": "1", "subject": "s", "sources": ["a"], "period": "2026-03"} | given)


def test_sources_may_be_listed_with_commas() -> None:
    assert request(sources="a, b").sources == ("a", "b")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"sources": ["a", "a"]}, "names a source twice"),
        ({"sources": []}, "names no source"),
        ({"schedule": "every day"}, "no cron expression"),
        ({"schedule": "61 7 2 * *"}, "no cron expression"),
        ({"zone": "Vienna"}, "no time zone"),
        ({"zone": "../etc/passwd"}, "no time zone"),
        ({"period": "soon"}, "no period"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        request(**given)


@pytest.mark.parametrize("written", ["a,b", "a;b", " a ; b ", ["a", "b"]])
def test_sources_are_listed_with_commas_or_semicolons(written: object) -> None:
    assert request(sources=written).sources == ("a", "b")


@pytest.mark.parametrize(
    ("written", "why"),
    [("", "names no source"), ([], "names no source"), (" ", "an empty name"), ("a;", "'a;' has an empty name")],
)
def test_a_list_of_sources_that_names_none_is_refused_in_words(written: object, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        request(sources=written)


def test_an_empty_schedule_is_none() -> None:
    assert request(schedule=" ").schedule is None


def test_a_profile_has_only_its_own_sources_to_choose_from() -> None:
    contract = load_profile("exchange-rates").case_type()
    assert contract.model_validate({"id": "1", "period": "2026-03"}).sources == ("fed", "ecb")
    with pytest.raises(ValidationError, match="'fed' or 'ecb'"):
        contract.model_validate({"id": "1", "period": "2026-03", "sources": ["imf"]})


@pytest.mark.parametrize("name", shipped_profiles())
def test_the_requests_that_come_with_a_profile_can_all_be_met(name: str) -> None:
    profile = load_profile(name)
    assert profile.requests is not None
    places = [folder / profile.requests for folder in (profile.path.parent, Path(__file__).parents[2])]
    path = next(place for place in places if place.is_file())
    rows = list(Source(path, profile.case_type()).rows())
    assert rows
    assert all(isinstance(row, Accepted) for row in rows)


def test_requests_whose_data_are_not_here_say_where_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDHOUSE_DATA_DIR", str(tmp_path))
    with pytest.raises(UnreadableSource, match="set ROUNDHOUSE_DATA_DIR to the folder that holds it as"):
        request_path(load_profile("exchange-rates"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ('kind = "csv"', "sources.a"),
        (
            'kind = "ftp"\npath = "x"\nfrequency = "day"\ndate = "d"',
            "sources.a.kind: use one of csv, parquet, sql, http",
        ),
        ('path = "x"\nfrequency = "day"\ndate = "d"', "sources.a.kind: use one of csv, parquet, sql, http"),
        ('kind = "csv"\npath = "x"\nfrequency = "dai"\ndate = "d"', "sources.a.frequency: Input should be 'day'"),
        ('kind = "csv"\npath = "x"\ndate = "d"', "sources.a.frequency: Field required"),
        (
            'kind = "csv"\npaht = "x"\nfrequency = "day"\ndate = "d"',
            r"sources.a.paht: unknown key; did you mean 'path'\?",
        ),
        ('kind = "csv"\nzzzz = "x"\nfrequency = "day"\ndate = "d"', "sources.a.zzzz: unknown key[;.]"),
        ('kind = "csv"\nhistory = 3\nfrequency = "day"\ndate = "d"', "sources.a.history: .*at the top of the file"),
        ('kind = "csv"\ntolerance = 3\nfrequency = "day"\ndate = "d"', "sources.a.tolerance: .*to another table"),
        ('kind = "csv"\npath = "x"\nfrequency = "day"\ndate = "d"\nseries = "s"', "series and value go together"),
        ('kind = "csv"\npath = "x"\nfrequency = "day"\ndate = "d"', "names is needed"),
        ('kind = "csv"\npath = "x"\nfrequency = "day"\ndate = "d"\nseries = "s"\nvalue = "v"\nrebase = "q"', "rebase"),
        (
            'kind = "http"\nurl = "http://x"\nfrequency = "day"\ndate = "d"\nseries = "s"\nvalue = "v"\n'
            'next = "n"\npage = "p"',
            "give one of them",
        ),
    ],
)
def test_a_source_that_cannot_be_read_so_is_refused(tmp_path: Path, change: str, why: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(f'name = "p"\nsubject = "s"\n[sources.a]\n{change}\n', encoding="utf-8")
    with pytest.raises(InvalidProfile, match=why) as refused:
        load_profile(path)
    assert not re.search(r"Value error|\.\.|found using|Extra inputs|\.csv\.", str(refused.value))


def test_a_profile_that_is_no_toml_or_is_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("name = ", encoding="utf-8")
    for path, why in ((tmp_path / "p.toml", "is not TOML"), (tmp_path / "q.toml", "cannot be read")):
        with pytest.raises(InvalidProfile, match=why) as refused:
            load_profile(path)
        assert "\n" not in str(refused.value)
