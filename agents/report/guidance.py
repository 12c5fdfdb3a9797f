"""The guidance: what a person said to the findings, as repairs of the data, and what of it cannot be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agents.report.profile import ReportProfile
from agents.report.repair import Repair
from state.note import Note


@dataclass(frozen=True, slots=True)
class Guidance:
    """What people asked for."""

    repairs: tuple[Repair, ...]
    left: str
    """Why the newest guidance was not done, in a sentence; empty where it was."""


def guided(notes: Iterable[Note], sources: Sequence[str], series: Sequence[str], profile: ReportProfile) -> Guidance:
    """Read the guidance among notes. A series may be called by its title, in any case."""
    repairs: list[Repair] = []
    left = ""
    for note in notes:
        if note.kind == "guidance":
            left = ""
            try:
                repairs.append(_known(Repair.parse(note.text), sources, series, profile))
            except ValueError as wrong:
                left = f" Not done: {wrong}."
    return Guidance(tuple(repairs), left)


def read_repair(text: str) -> Repair | None:
    """The repair that a sentence asks for; None where it is none."""
    try:
        return Repair.parse(text)
    except ValueError:
        return None


def _known(repair: Repair, sources: Sequence[str], series: Sequence[str], profile: ReportProfile) -> Repair:
    """The repair with the series' own name. Raises ``ValueError`` where there is no such source or series."""
    if repair.source not in sources:
        raise ValueError(f"there is no source {repair.source!r}; there are {', '.join(sources)}")
    if repair.series is None or repair.series in series:
        return repair
    called = {profile.title_of(each).casefold(): each for each in series} | {each.casefold(): each for each in series}
    named = called.get(repair.series.casefold())
    if named is None:
        shown = ", ".join(series[:20])
        raise ValueError(f"there is no series {repair.series!r}; there are {shown}{' and more' * (len(series) > 20)}")
    return replace(repair, series=named)
