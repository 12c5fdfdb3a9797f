"""The report specialist: writes the report of a period, as a page and in print, with the letter it goes out with."""

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from agents.brief import Brief
from agents.files import FileStore
from agents.report.contract import Report
from agents.report.dataset import Dataset
from agents.report.findings import Findings
from agents.report.paper import letter
from agents.report.paper.book import Book
from agents.report.paper.contents import contents_of
from agents.report.paper.page import page
from agents.report.paper.print import printed
from agents.report.paper.summary import Words, sentences
from agents.report.period import Period
from agents.report.profile import ReportProfile
from agents.report.request import ReportRequest
from agents.specialist import FunctionSpecialist, Handoff, specialist

_IMPORTING = Lock()

LONGEST_NAME = 80
"""Characters of a file's name, before the period."""


def report(profile: ReportProfile, files: FileStore) -> FunctionSpecialist:
    """The specialist that owns ``Report``. By rules it writes all of it; a chat model in its seat words the summary."""
    brief = _brief(profile, files)

    @specialist(decides=Report, needs=(Dataset, Findings), version=f"1 {profile.digest()}", brief=brief)
    def report(handoff: Handoff[ReportRequest]) -> Report:
        _import_once()
        dataset, findings = handoff[Dataset], handoff[Findings]
        book = Book.read(dataset, findings, files)
        summary = sentences(profile, findings, book)
        rest = _made(profile, files, handoff, book, summary)
        return Report(summary=summary, rationale=_rationale(findings, rest["open_points"]), **rest)

    return report


def _import_once() -> None:
    """Import what draws and sets, in one thread at a time: several at once may see a half-imported library."""
    with _IMPORTING:
        import jinja2  # noqa: F401
        import matplotlib.figure
        import matplotlib.ft2font  # noqa: F401
        import typst  # noqa: F401


def _brief(profile: ReportProfile, files: FileStore) -> Brief:
    """What a chat model is told in this seat. It words the summary; numbers, charts and tables follow."""

    def derived(handoff: Handoff[ReportRequest], filled: Mapping[str, Any]) -> Mapping[str, Any]:
        _import_once()
        book = Book.read(handoff[Dataset], handoff[Findings], files)
        summary = tuple(filled["summary"])
        Words(profile, Period.parse(handoff.case.period), book).check(summary)
        return _made(profile, files, handoff, book, summary)

    return Brief(
        instructions=(
            "Write the summary of the report: three to six plain sentences for its audience, on what the Findings say "
            "of the period: the largest rise and fall, the change over a year, trends that turned, what stayed open. "
            "Write no digit. In the place of every number put the name of its figure in braces, such as {EUR_change}: "
            "the names are those in headline, and by the same pattern SERIES_level, SERIES_before, SERIES_year_before, "
            "SERIES_change, SERIES_change_year, SERIES_trend, and count_series, count_turned, count_lacking, "
            "count_open, count_elsewhere and count_repaired for the whole. A change is put in with its sign and "
            "unit, such as +2.3 %. {SERIES_name} stands for the title of a series; {period}, {period_before}, "
            "{year_before} and {unit} for these words. "
            "Give no reasons that the Findings do not give, and no advice."
        ),
        sees=("id", "subject", "period", "audience"),
        fills=("summary",),
        derived=derived,
        position=lambda made: made.summary,
    )


def _made(
    profile: ReportProfile, files: FileStore, handoff: Handoff[ReportRequest], book: Book, summary: Sequence[str]
) -> dict[str, Any]:
    """Everything but the summary."""
    request, dataset, findings = handoff.case, handoff[Dataset], handoff[Findings]
    contents = contents_of(profile, request, dataset, findings, book, summary, files)
    name = file_name(profile.name, request.period)
    return {
        "title": contents.title,
        "period": request.period,
        "audience": contents.audience,
        "subject": letter.subject(contents),
        "text": letter.text(contents),
        "page": files.keep(page(contents), f"{name}.html"),
        "paper": files.keep(printed(contents, Period.parse(request.period).last), f"{name}.pdf"),
        "open_points": len(contents.quality.open) + contents.quality.open_more,
    }


def file_name(name: str, period: str) -> str:
    """What a report is saved as, before its ending: letters, digits, ``_``, ``-`` and ``.`` only."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:LONGEST_NAME].strip("-.") or "report"
    return f"{safe}-{period}"


def _rationale(findings: Findings, open_points: int) -> str:
    left = "nothing stayed open" if not open_points else f"{open_points} stayed open"
    return f"{findings.series} series in {Period.parse(findings.period).spoken}; {left}."
