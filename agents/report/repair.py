"""The repair: one specific thing that is asked of the data, as a sentence that a person can write too.

    pull 2009-03-04 to 2009-03-06 of EUR from ecb
    pull everything from ecb
    invert EUR from ecb
    multiply EUR from ecb before 2005-01-01 by 0.001
    drop 2026-04-01 to 2026-04-13 of every series from ecb
    keep the last of 2009-03-04 of EUR from ecb

A reason may follow in brackets. A name that is not only letters, digits and ``_ . -`` stands in double quotes.
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Self, cast

RepairKind = Literal["pull", "invert", "multiply", "drop", "keep the first", "keep the last"]
"""``pull``: get it from the source again, and let it stand in where the first source has none. ``invert``: 1/x.
``multiply``: by the factor. ``drop``: leave out. ``keep the first``, ``keep the last``: of rows with one key."""

FORMS = (
    "pull DAY to DAY of SERIES from SOURCE",
    "pull everything from SOURCE",
    "invert SERIES from SOURCE",
    "multiply SERIES from SOURCE before DAY by FACTOR",
    "drop DAY to DAY of SERIES from SOURCE",
    "keep the first of DAY of SERIES from SOURCE",
    "keep the last of DAY of SERIES from SOURCE",
)
"""What can be asked for."""

_NAME = r'(?:"(?:[^"\\]|\\.)*"|[\w.-]+)'
_DAY = r"\d{4}-\d\d-\d\d"
_SENTENCE = re.compile(
    rf"(?P<kind>pull|invert|multiply|drop|keep the first|keep the last)(?: of)?"
    rf"(?: (?P<first>{_DAY})(?: to (?P<last>{_DAY}))?)?"
    rf"(?: of)? (?:(?P<all>every series|everything)|(?P<series>{_NAME}))"
    rf" from (?P<source>{_NAME})"
    rf"(?: before (?P<before>{_DAY}))?(?: by (?P<factor>[0-9.eE+-]+))?\.?"
    r"(?: \((?P<why>.*)\))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair."""

    kind: RepairKind
    source: str
    series: str | None = None
    """None for every series of the source."""
    first: date | None = None
    last: date | None = None
    """The days that it is about, both included; None for no bound."""
    before: date | None = None
    """For ``multiply``: only what is before this day."""
    factor: float | None = None
    why: str = ""
    """The reason, which the asker gave."""

    def __str__(self) -> str:
        days = f" {self.first} to {self.last}" if self.last and self.first != self.last else f" {self.first}"
        when = f"{days} of" if self.first else ""
        everything = "everything" if self.kind == "pull" and not self.first else "every series"
        which = everything if self.series is None else _written(self.series)
        keeping = " of" if self.kind.startswith("keep") else ""
        until = f" before {self.before}" if self.before else ""
        by = f" by {self.factor:.12g}" if self.factor is not None else ""
        why = f" ({self.why})" if self.why else ""
        return f"{self.kind}{keeping}{when} {which} from {_written(self.source)}{until}{by}{why}"

    @property
    def bare(self) -> Self:
        """The repair without its reason."""
        return replace(self, why="")

    @property
    def is_everything(self) -> bool:
        """Whether a source is to be read anew as a whole."""
        return self.kind == "pull" and self.series is None and self.first is None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a sentence. Raises ``ValueError`` that lists the forms."""
        found = _SENTENCE.fullmatch(text.strip()) or _SENTENCE.fullmatch(" ".join(text.split()))
        if found is None:
            raise ValueError(f"{text!r} cannot be done as it stands; ask in one of these forms: {'; '.join(FORMS)}")
        given = found.groupdict()
        kind = cast(RepairKind, given["kind"])
        first, last, before = (_day(given[name]) for name in ("first", "last", "before"))
        repair = cls(
            kind=kind,
            source=_read(given["source"]),
            series=None if given["all"] else _read(given["series"]),
            first=first,
            last=last or first,
            before=before,
            factor=_factor(given["factor"]),
            why=given["why"] or "",
        )
        problem = repair._problem()
        if problem:
            raise ValueError(f"{text!r} {problem}")
        return repair

    def _problem(self) -> str | None:
        if (self.kind == "multiply") != (self.factor is not None):
            return "needs a factor ('by 0.001')" if self.kind == "multiply" else "takes no factor"
        if self.first and self.last and self.first > self.last:
            return "ends before it begins"
        if self.kind == "drop" and self.first is None:
            return "needs the days ('drop 2026-04-01 to 2026-04-13 of …')"
        return None


def _written(name: str) -> str:
    is_plain = re.fullmatch(r"[\w.-]+", name) and name not in ("every", "everything")
    return name if is_plain else json.dumps(name, ensure_ascii=False)


def _read(name: str) -> str:
    if not name.startswith('"'):
        return name
    found = json.loads(name)
    assert isinstance(found, str)
    return found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _factor(text: str | None) -> float | None:
    if text is None:
        return None
    factor = float(text)
    if not 0 < abs(factor) < float("inf"):
        raise ValueError(f"the factor {text!r} must be a number other than 0")
    return factor
