"""The analysis: finds what is wrong with the data, asks for specific repairs, then says what the data say."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import polars as pl

from agents.files import FileStore
from agents.report.checks.trouble import Trouble, repaired_issue
from agents.report.dataset import Dataset
from agents.report.examination import Examination, examine
from agents.report.figures import Told, course_frame, figures_frame, headline, plain_names, told, turnings
from agents.report.findings import CheckName, Findings, Issue
from agents.report.guidance import guided, read_repair
from agents.report.period import Period
from agents.report.profile import ReportProfile
from agents.report.repair import FORMS, Repair
from agents.report.request import ReportRequest
from agents.report.trend import trend_of
from agents.specialist import Ask, FunctionSpecialist, Handoff, Request, specialist
from state.artifact import Artifact

MOST_ISSUES = 200
"""How many issues are kept in the findings."""

LACKING: tuple[CheckName, ...] = ("missing", "ended", "unreadable", "duplicate")
"""The checks that tell of values which a sum lacks: these always ask."""

MOST_REQUESTS = 40
"""How many repairs are asked for at a time."""


def analysis(profile: ReportProfile, files: FileStore) -> FunctionSpecialist:
    """The specialist that owns ``Findings``.

    It asks for repairs until there is nothing new to ask for or the declared rounds are used up; guidance that is the
    sentence of a repair is asked for too. Then it tells what it found, with what stayed open.
    """
    checks = profile.checks

    @specialist(
        decides=Findings,
        needs=(Dataset,),
        version=f"1 {profile.digest()}",
        attempts=checks.revisions + 1,
        seat="kept",
        forms=FORMS,
    )
    async def analysis(handoff: Handoff[ReportRequest]) -> Findings | Ask:
        dataset, request = handoff[Dataset], handoff.case
        period = Period.parse(request.period)
        table = await asyncio.to_thread(files.whole, dataset.table)
        found = await asyncio.to_thread(examine, dataset, table, request.sources, profile, period)
        guidance = guided(handoff.notes, request.sources, [each.series for each in found.courses], profile)
        wanted = _wanted(found.troubles, dataset, guidance.repairs)
        if wanted and handoff.attempts_left > 1:
            return Ask(*(Request(Dataset, str(repair)) for repair in wanted[:MOST_REQUESTS]))
        findings = await asyncio.to_thread(_findings, found, dataset, period, profile, files)
        return findings.model_copy(update={"rationale": findings.rationale + guidance.left})

    return analysis


def _wanted(troubles: Iterable[Trouble], dataset: Dataset, guided: Iterable[Repair]) -> list[Repair]:
    """The repairs that were not asked for yet, each once."""
    asked = {repair.bare for each in dataset.repairs if (repair := read_repair(each.request))}
    wanted = {repair.bare: repair for repair in [*guided, *(each for found in troubles for each in found.repairs)]}
    return [repair for bare, repair in wanted.items() if bare not in asked]


def _findings(
    found: Examination, dataset: Dataset, period: Period, profile: ReportProfile, files: FileStore
) -> Findings:
    names = plain_names(course.series for course in found.courses)
    issues = _issues(found.troubles, dataset, period, profile)
    is_sum = profile.aggregate == "sum"
    lacking = [issue for issue in issues if is_sum and issue.state == "open" and issue.check in LACKING]
    all_told = [
        told(
            course,
            trend_of(course, period.grain),
            period,
            names[course.series],
            profile.title_of(course.series),
            _incomparable(course.series, lacking, period),
        )
        for course in found.courses
    ]
    there = [each for each in all_told if each.figure("level")]
    return Findings(
        period=str(period),
        series=len(there),
        issues=tuple(issues[:MOST_ISSUES]),
        issue_counts=Counter(issue.check for issue in issues),
        headline=headline(all_told),
        turnings=turnings(all_told, period.grain),
        figures=_kept(figures_frame(all_told), files, f"figures-{period}.parquet"),
        course=_kept(course_frame(all_told), files, f"course-{period}.parquet"),
        confidence=_confidence(issues, len(there)),
        rationale=_rationale(issues, there, period),
    )


def _kept(frame: pl.DataFrame, files: FileStore, name: str) -> Artifact:
    draft = files.draft()
    frame.write_parquet(draft, compression="zstd")
    return files.adopt(draft, name)


def _issues(troubles: Iterable[Trouble], dataset: Dataset, period: Period, profile: ReportProfile) -> list[Issue]:
    """What is open, and what was mended; those that a person is asked about first, then those of the period."""
    opened = [_asking(each.issue, period, profile) for each in troubles]
    mended = [issue for issue in _mended(dataset) if not any(_is_same(issue, other) for other in opened)]
    return sorted(
        [*opened, *mended], key=lambda issue: (not issue.asks, issue.state != "open", not _is_of(issue, period))
    )


def _mended(dataset: Dataset) -> Iterable[Issue]:
    """What was mended, each once; several repairs may have been needed."""
    found = (repaired_issue(each, dataset.first, dataset.last) for each in dataset.repairs)
    return {(each.check, each.source, each.series, each.first, each.last): each for each in found if each}.values()


def _is_same(one: Issue, other: Issue) -> bool:
    """Whether an issue that was to be mended is still there."""
    alike = (one.check, one.source, one.series) == (other.check, other.source, other.series)
    if not alike or one.first is None or one.last is None or other.first is None or other.last is None:
        return alike
    return one.first <= other.last and other.first <= one.last


def _asking(issue: Issue, period: Period, profile: ReportProfile) -> Issue:
    asks = {*profile.checks.ask, *(LACKING if profile.aggregate == "sum" else ())}
    return issue.model_copy(update={"asks": issue.check in asks and _is_of(issue, period)})


def _is_of(issue: Issue, period: Period) -> bool:
    """Whether an issue concerns the period."""
    if issue.first is None or issue.last is None:
        return True
    return issue.first <= period.last and period.first <= issue.last


def _incomparable(series: str, lacking: Iterable[Issue], period: Period) -> frozenset[Period]:
    """The periods before of which a series lacks values."""
    own = [issue for issue in lacking if issue.series in (None, series)]
    return frozenset(
        before for before in (period.shifted(-1), period.year_before) if any(_is_of(issue, before) for issue in own)
    )


def _confidence(issues: Iterable[Issue], series: int) -> float:
    """The share of the series about which no person need be asked; 0 where all are concerned, or there are none."""
    asking = [issue for issue in issues if issue.asks]
    if not series or any(issue.series is None for issue in asking):
        return 0.0
    return max(0.0, 1 - len({issue.series for issue in asking}) / series)


def _rationale(issues: list[Issue], there: list[Told], period: Period) -> str:
    asking = [issue for issue in issues if issue.asks]
    mended, left = (sum(issue.state == state for issue in issues) for state in ("repaired", "open"))
    counts = f"{len(there)} series in {period.spoken}; {mended} issue{'s' * (mended != 1)} repaired, {left} open"
    if not there:
        counts += ". No source has a value then: reject it, or send 'pull everything from SOURCE' once it has"
    if not asking:
        return f"{counts}, none that a person need look at." if there else f"{counts}."
    shown = "; ".join(f"{issue.series or 'all series'} ({issue.source}): {issue.words}" for issue in asking[:5])
    more = f"; and {len(asking) - 5} more" if len(asking) > 5 else ""
    return f"{counts}. To be looked at: {shown}{more}."
