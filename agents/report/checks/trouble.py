"""The trouble: an issue that a check found, with the repairs that would mend it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import get_args

from agents.report.dataset import Dataset, Repaired
from agents.report.declaration import Frequency
from agents.report.findings import CheckName, Issue
from agents.report.period import Period
from agents.report.profile import Aggregate, Checks
from agents.report.repair import Repair
from agents.report.rhythm import Steps


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong, and what would mend it."""

    issue: Issue
    repairs: tuple[Repair, ...] = ()
    """What to ask of the data, with the reason; nothing where nothing would help."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks need to know besides the series."""

    checks: Checks
    aggregate: Aggregate
    period: Period
    sources: Mapping[str, Frequency]
    """The sources of the request in its order, with their frequencies."""
    reference: tuple[str, ...] = ()
    """The sources in the order of the profile: the first one that has a series says its direction and units."""
    holidays: Mapping[str, Steps] = field(default_factory=dict)
    """The steps that a source lacks since nobody has them."""
    last_steps: Mapping[str, int] = field(default_factory=dict)
    """The last step that a source has."""
    dropped: tuple[Repair, ...] = ()
    """What was left out on request."""

    @property
    def first_source(self) -> str:
        """The source whose values count."""
        return next(iter(self.sources))


_WHY = re.compile(
    rf"(?P<check>{'|'.join(get_args(CheckName))}) in (?P<source>[^,]+), (?P<measure>[^:]+): (?P<words>.*)"
)


def trouble(issue: Issue, *repairs: Repair) -> Trouble:
    """A trouble whose repairs say why they are asked for."""
    why = f"{issue.check} in {issue.source}, {issue.measure:.6g}: {issue.words}"
    return Trouble(issue, tuple(replace(repair, why=why) for repair in repairs))


def done_repairs(dataset: Dataset) -> tuple[Repair, ...]:
    """The repairs of a dataset that were done."""
    return tuple(Repair.parse(each.request) for each in dataset.repairs if each.outcome == "done")


def repaired_issue(repaired: Repaired, first: date | None, last: date | None) -> Issue | None:
    """The issue that a repair mended; None where the repair was asked for by somebody else, or did nothing.

    ``first`` and ``last`` are the days of the whole dataset, for repairs that name none.
    """
    if repaired.outcome == "refused":
        return None
    repair = Repair.parse(repaired.request)
    # what is to be left out may be gone already, with more
    if repaired.outcome == "nothing" and repair.kind not in ("drop", "keep the first", "keep the last"):
        return None
    found = _WHY.fullmatch(repair.why)
    if found is None:
        return None
    return Issue(
        check=found["check"],
        source=found["source"],
        series=repair.series,
        first=repair.first or first,
        last=repair.last or repair.before or last,
        count=repaired.rows,
        measure=float(found["measure"]),
        words=found["words"],
        state="repaired",
    )
