"""The quality: what was wrong with the data, what was done about it, and what is missing, in words."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date

from agents.report.checks.trouble import repaired_issue
from agents.report.dataset import Absence, Dataset, Outcome, Repaired
from agents.report.findings import Findings, Issue, IssueState
from agents.report.paper.amount import NONE, tidied
from agents.report.paper.book import VALUELESS, Book, open_in, reason, silent
from agents.report.paper.summary import title_of
from agents.report.period import Period
from agents.report.profile import ReportProfile
from agents.report.repair import Repair
from state.template import one_line

MOST = 60
"""How many are listed of each."""

EVERY = "all"
"""What stands for the series where it is all of them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with the data."""

    state: IssueState
    check: str
    source: str
    series: str
    days: str
    words: str
    """With the measure."""


@dataclass(frozen=True, slots=True)
class Mending:
    """A repair that was asked for."""

    request: str
    outcome: Outcome
    words: str
    of_issue: bool
    """Whether it mended an issue, which says the same; it is of a person, refused or in vain otherwise."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is known to be missing."""

    source: str
    series: str
    days: str
    words: str


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the data are. Each ``…_more`` says how many there are besides those that are listed."""

    open: tuple[Trouble, ...]
    """What stayed open and concerns the period, and the series that have no value in it."""
    elsewhere: tuple[Trouble, ...]
    """What is open at other times."""
    repaired: tuple[Trouble, ...]
    counts: tuple[tuple[str, int], ...]
    """How many issues there are in all, by check."""
    mendings: tuple[Mending, ...]
    gaps: tuple[Gap, ...]
    open_more: int = 0
    elsewhere_more: int = 0
    repaired_more: int = 0
    unlisted: int = 0
    """How many issues the findings counted, but did not keep."""
    mendings_more: int = 0
    gaps_more: int = 0

    def within(self, most: int) -> "Quality":
        """The same with at most so many listed of each."""
        return replace(
            self,
            open=self.open[:most],
            elsewhere=self.elsewhere[:most],
            repaired=self.repaired[:most],
            mendings=self.mendings[:most],
            gaps=self.gaps[:most],
            open_more=self.open_more + max(0, len(self.open) - most),
            elsewhere_more=self.elsewhere_more + max(0, len(self.elsewhere) - most),
            repaired_more=self.repaired_more + max(0, len(self.repaired) - most),
            mendings_more=self.mendings_more + max(0, len(self.mendings) - most),
            gaps_more=self.gaps_more + max(0, len(self.gaps) - most),
        )


def quality_of(profile: ReportProfile, dataset: Dataset, findings: Findings, book: Book, period: Period) -> Quality:
    """What the findings and the dataset say about it."""
    left = open_in(findings, period)
    rest = [issue for place, issue in enumerate(findings.issues) if place not in set(left)]
    lacking = frozenset(each.series for each in book.lacking)
    mended = frozenset(map(_essence, (issue for issue in rest if issue.state == "repaired")))
    whole = Quality(
        open=(
            *(_silent(profile, findings, series, period) for series in silent(findings, period, book.lacking)),
            *(_left(profile, findings.issues[place], lacking, period) for place in left),
        ),
        elsewhere=tuple(_trouble(profile, issue) for issue in rest if issue.state == "open"),
        repaired=tuple(_trouble(profile, issue) for issue in rest if issue.state == "repaired"),
        counts=tuple((check, count) for check, count in findings.issue_counts.items() if count),
        mendings=tuple(_mending(profile, dataset, repaired, mended) for repaired in dataset.repairs),
        gaps=tuple(_gap(profile, absence) for absence in dataset.absent),
        unlisted=max(0, sum(findings.issue_counts.values()) - len(findings.issues)),
    )
    return whole.within(MOST)


def days_of(first: date | None, last: date | None) -> str:
    """A stretch of days; ISO dates, so that they read the same everywhere."""
    match first, last:
        case None, None:
            return NONE
        case date(), None:
            return f"from {first}"
        case None, date():
            return f"to {last}"
        case _:
            return f"{first}" if first == last else f"{first} to {last}"


def _trouble(profile: ReportProfile, issue: Issue) -> Trouble:
    return Trouble(
        state=issue.state,
        check=issue.check,
        source=one_line(issue.source),
        series=_series(profile, issue.series),
        days=days_of(issue.first, issue.last),
        words=tidied(issue.words),
    )


def _left(profile: ReportProfile, issue: Issue, lacking: Container[str], period: Period) -> Trouble:
    """An open issue; of a series without a value, it says so."""
    told = _trouble(profile, issue)
    if issue.check not in VALUELESS or issue.series not in lacking:
        return told
    return replace(told, words=f"no value in {period.spoken}: {told.words}")


def _silent(profile: ReportProfile, findings: Findings, series: str, period: Period) -> Trouble:
    """A series without a value in the period, with what is known of it."""
    known = reason(findings, series)
    why = f"; {known.check} in {one_line(known.source)}: {tidied(known.words)}" if known else ""
    return Trouble(
        state="open",
        check="missing",
        source=one_line(known.source) if known else EVERY,
        series=_series(profile, series),
        days=days_of(period.first, period.last),
        words=f"no value in {period.spoken}{why}",
    )


def _essence(issue: Issue) -> tuple[object, ...]:
    return issue.check, issue.source, issue.series, issue.words


def _mending(
    profile: ReportProfile, dataset: Dataset, repaired: Repaired, mended: Container[tuple[object, ...]]
) -> Mending:
    try:
        repair = Repair.parse(repaired.request)
        issue = repaired_issue(repaired, dataset.first, dataset.last)
    except ValueError:
        # what a person wrote need be no repair
        return Mending(one_line(repaired.request), repaired.outcome, tidied(repaired.words), of_issue=False)
    named = replace(repair, series=repair.series and _series(profile, repair.series), why=tidied(repair.why))
    is_told = issue is not None and _essence(issue) in mended
    return Mending(one_line(str(named)), repaired.outcome, tidied(repaired.words), of_issue=is_told)


def _gap(profile: ReportProfile, absence: Absence) -> Gap:
    return Gap(
        source=one_line(absence.source),
        series=_series(profile, absence.series),
        days=days_of(absence.first, absence.last),
        words=one_line(absence.why),
    )


def _series(profile: ReportProfile, series: str | None) -> str:
    return EVERY if series is None else title_of(profile, series)
