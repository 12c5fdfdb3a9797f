"""The page: what stands in it, that it needs nothing else, and that nothing in its data does anything."""

import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agents.files import FileStore
from agents.report.contract import Report
from agents.report.dataset import Absence, Repaired
from agents.report.findings import Issue
from agents.report.paper.standings import MOST_BARS, MOST_LINES, MOST_PANELS
from agents.report.report import report
from tests.support.report_findings import Made, made, profile_of, values_of

HOSTILE = (
    "<script>alert(1)</script>",
    "</style></svg><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }} {% raw %}",
    "שלום \u202e العربية",
    "🎉 party",
    "x" * 200,
    "",
)


class Page(HTMLParser):
    """What a browser would find in a page."""

    EMPTY = frozenset({"meta", "wbr"})

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, name: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            given for tag, given in self.tags if tag == name and all(given.get(key) == wanted[key] for key in wanted)
        ]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def page_of(files: FileStore, given: Made, **profile: Any) -> Page:
    decided = report(profile_of(**profile), files)(given.handoff)
    assert isinstance(decided, Report)
    return Page(files.read(decided.page))


def hostile(files: FileStore) -> Page:
    values = values_of(3, len(HOSTILE))
    titles = dict(zip(values, HOSTILE, strict=True))
    words = "<b onclick=x>#panic()</b>"
    given = made(
        files,
        values,
        profile_of(titles, subject=words, audience=words, unit=words),
        issues=[Issue(check="disagree", source=words, series=name, measure=1, words=words) for name in values],
        absent=(Absence(source=words, why=words),),
        repairs=(Repaired(request=words, by="analysis", outcome="refused", words=words),),
    )
    return page_of(files, given, titles=titles, subject=words, audience=words, unit=words)


def test_every_number_of_the_summary_leads_to_what_it_rests_on(files: FileStore) -> None:
    given = made(files, values_of(1))
    page = page_of(files, given)
    targets = {each["id"] for each in page.all("tbody") if "id" in each}
    links = [str(each["href"]) for each in page.all("a")]
    assert len(links) > 100
    assert {link.removeprefix("#") for link in links} <= targets
    numbers = [each for each in page.all("a", **{"class": "number"})]
    assert len(numbers) >= 8
    assert given.dataset.table.digest in page.text
    assert given.findings.figures.digest in page.text


def test_every_id_stands_once(files: FileStore) -> None:
    ids = [each["id"] for _, each in page_of(files, made(files, values_of(1))).tags if "id" in each]
    assert len(set(ids)) == len(ids)


def test_the_page_needs_nothing_else_and_may_do_nothing(files: FileStore) -> None:
    given = made(files, values_of(1, 3))
    decided = report(profile_of(), files)(given.handoff)
    content = files.read(decided.page).decode()
    page = Page(content.encode())
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not [each for _, each in page.tags if {"src", "style", "xlink:href"} & each.keys()]
    assert not re.search(r"url\(|@import|https?:", content)
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    css = re.findall(r"<style>(.*?)</style>", content, re.DOTALL)
    assert len(css) == 1
    digest = base64.b64encode(hashlib.sha256(css[0].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_no_text_of_the_data_becomes_markup(files: FileStore) -> None:
    page = hostile(files)
    assert {tag for tag, _ in page.tags} & {"script", "img", "b"} == set()
    assert not [name for _, given in page.tags for name in given if name.startswith("on")]
    for title in HOSTILE[:4]:
        assert title in page.text
    assert page.text.count("<b onclick=x>#panic()</b>") > 5
    assert "\u202e" not in page.text


def test_those_who_do_not_see_the_page_can_read_it(files: FileStore) -> None:
    page = hostile(files)
    assert page.all("html", lang="en")
    assert len(page.all("h1")) == 1
    assert len(page.all("title")) == 1
    assert all(each.get("scope") for each in page.all("th"))
    labelled = [str(each["aria-label"]) for each in page.all("figure")]
    assert len(labelled) == len(HOSTILE)
    assert all("From March 2021 to March 2026 between " in label for label in labelled)
    assert all(each.get("aria-hidden") == "true" for each in page.all("svg")), "the words beside them say the same"
    assert all(each.get("aria-label") and each.get("tabindex") == "0" for each in page.all("div", **{"class": "wide"}))


def test_of_many_series_those_that_moved_most_are_shown_and_the_others_counted(files: FileStore) -> None:
    values: dict[str, list[float | None]] = {f"S{place:03}": [100.0, 100.0 + place / 10] for place in range(500)}
    page = page_of(files, made(files, values))
    assert len(page.all("figure")) == MOST_PANELS
    assert f"The {MOST_BARS} series that moved most, of 500." in page.text
    assert f"The other {500 - MOST_LINES} are in the figures file" in page.text
    assert "S499" in page.text
    assert "S002" not in page.text


def test_what_stayed_open_stands_before_what_was_repaired(files: FileStore) -> None:
    march = made(files, {}).handoff.case.period
    issues = [
        Issue(check="inverted", source="mint", measure=1, words="the other way round", state="repaired"),
        Issue(check="disagree", source="bank/mint", series="S001", measure=1, words="0.66 % apart"),
    ]
    page = page_of(files, made(files, values_of(1, 2), issues=issues, period=march))
    assert (
        page.text.index("Open in the period")
        < page.text.index("0.66 % apart")
        < page.text.index("Repaired")
        < page.text.index("the other way round")
    )
    assert "Nothing that concerns" not in page.text


def test_a_series_without_a_value_stands_among_the_open_points_with_what_is_known(files: FileStore) -> None:
    day = date(2025, 12, 31)
    ended = Issue(check="ended", source="mint", series="B", first=day, last=day, measure=1, words="-5% and 12345 short")
    given = made(files, {"A": [1.0, 2.0], "B": [1.0, None], "C": [1.0, None]}, issues=[ended])
    page = page_of(files, given, titles={"B": "Bronze"})
    assert "Series with a value 1 of 3" in page.text
    assert (
        "missing Bronze mint 2026-03-01 to 2026-03-31 no value in March 2026; ended in mint: −5 % and 12,345"
        in page.text
    )
    assert "no value in March 2026 Open at other times" in page.text, "of the other, nothing is known"


def test_a_request_that_mended_an_issue_is_told_with_the_others_and_one_in_vain_by_itself(files: FileStore) -> None:
    done = "invert S001 from mint (inverted in mint, 1: the other way round)"
    repairs = (
        Repaired(request=done, by="analysis", outcome="done", words="done", rows=1),
        Repaired(request="sell it", by="person", outcome="refused", words="no such thing"),
    )
    issue = Issue(
        check="inverted", source="mint", series="S001", measure=1, words="the other way round", state="repaired"
    )
    page = page_of(files, made(files, values_of(1, 2), issues=[issue], repairs=repairs), titles={"S001": "Silver"})
    told = page.text.index("asked of the data for these repairs (1)")
    assert page.text.index("What else was asked") < page.text.index("sell it") < told < page.text.index("invert Silver")


def test_a_year_is_compared_with_the_year_before_once(files: FileStore) -> None:
    page = page_of(files, made(files, {"A": [1.0] * 12 + [2.0], "B": [2.0] * 13}, period="2025"))
    assert page.text.count("from 2024, %") == 1
    assert page.text.count("Against 2024") == 1


def test_a_line_that_is_not_drawn_is_not_in_the_key(files: FileStore) -> None:
    assert "smoothed" in page_of(files, made(files, values_of(1, 2, 30))).text
    assert "value smoothed" not in page_of(files, made(files, values_of(1, 2, 12))).text


def test_more_issues_than_there_is_room_for_are_counted(files: FileStore) -> None:
    issues = [Issue(check="outlier", source="bank", measure=1, words=f"value {place}") for place in range(150)]
    page = page_of(files, made(files, values_of(1, 2), issues=issues))
    assert "value 59" in page.text
    assert "value 60" not in page.text
    assert "And 90 more." in page.text


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="no series"),
        pytest.param({"A": [None, None]}, id="no value"),
        pytest.param({"A": [1.0]}, id="one period"),
        pytest.param({"A": [0.0] * 30, "B": [-1.0] * 30}, id="zero and negative"),
        pytest.param({"A": [1e300, 1e-300], "B": [float("nan"), float("inf")]}, id="no numbers"),
        pytest.param({"A": [1.0, None, 2.0] * 10, "B": [None] * 29 + [1.0]}, id="gaps"),
    ],
)
def test_every_history_makes_a_report(files: FileStore, values: dict[str, list[float | None]]) -> None:
    page = page_of(files, made(files, values))
    assert not page.open, "every tag is closed"
    assert "nan" not in page.text.lower()
