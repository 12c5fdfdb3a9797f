"""The quality: what was wrong with the data, what was done about it, and what is missing, in words."""

from dataclasses import dataclass, replace
from datetime import date

from agents.report.dataset import Absence, Dataset, Outcome, Repaired
from agents.report.findings import Findings, Issue, IssueState
from agents.report.paper.amount import NONE
from agents.report.paper.book import open_in
from agents.report.paper.summary import title_of
from agents.report.period import Period
from agents.report.profile import ReportProfile
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
    """What stayed open and concerns the period."""
    others: tuple[Trouble, ...]
    """What stayed open elsewhere, and then what was repaired."""
    counts: tuple[tuple[str, int], ...]
    """How many issues there are in all, by check."""
    mendings: tuple[Mending, ...]
    gaps: tuple[Gap, ...]
    open_more: int = 0
    others_more: int = 0
    mendings_more: int = 0
    gaps_more: int = 0

    def within(self, most: int) -> "Quality":
        """The same with at most so many listed of each."""
        return replace(
            self,
            open=self.open[:most],
            others=self.others[:most],
            mendings=self.mendings[:most],
            gaps=self.gaps[:most],
            open_more=self.open_more + max(0, len(self.open) - most),
            others_more=self.others_more + max(0, len(self.others) - most),
            mendings_more=self.mendings_more + max(0, len(self.mendings) - most),
            gaps_more=self.gaps_more + max(0, len(self.gaps) - most),
        )


def quality_of(profile: ReportProfile, dataset: Dataset, findings: Findings, period: Period) -> Quality:
    """What the findings and the dataset say about it."""
    left = open_in(findings, period)
    rest = [issue for place, issue in enumerate(findings.issues) if place not in set(left)]
    rest.sort(key=lambda issue: issue.state == "repaired")
    whole = Quality(
        open=tuple(_trouble(profile, findings.issues[place]) for place in left),
        others=tuple(_trouble(profile, issue) for issue in rest),
        counts=tuple((check, count) for check, count in findings.issue_counts.items() if count),
        mendings=tuple(map(_mending, dataset.repairs)),
        gaps=tuple(_gap(profile, absence) for absence in dataset.absent),
        others_more=max(0, sum(findings.issue_counts.values()) - len(findings.issues)),
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
        words=one_line(issue.words),
    )


def _mending(repaired: Repaired) -> Mending:
    return Mending(one_line(repaired.request), repaired.outcome, one_line(repaired.words))


def _gap(profile: ReportProfile, absence: Absence) -> Gap:
    return Gap(
        source=one_line(absence.source),
        series=_series(profile, absence.series),
        days=days_of(absence.first, absence.last),
        words=one_line(absence.why),
    )


def _series(profile: ReportProfile, series: str | None) -> str:
    return EVERY if series is None else title_of(profile, series)
