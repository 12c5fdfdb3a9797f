"""The data specialist: pulls the sources of a request into one table, and repairs it as it is asked to."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from agents.files import FileStore
from agents.report.dataset import Absence, Dataset, Outcome, Pull, Repaired
from agents.report.period import Period, months_later
from agents.report.profile import ReportProfile
from agents.report.pulling import Puller
from agents.report.repair import FORMS, Repair
from agents.report.request import ReportRequest
from agents.report.source import Source, Want
from agents.report.tidy_table import Piece, TidyTable
from agents.specialist import Escalate, FunctionSpecialist, Handoff, specialist
from state.note import Note

MOST_ABSENT = 100
"""How many things that are missing are listed."""


def data(profile: ReportProfile, files: FileStore, sources: Mapping[str, Source]) -> FunctionSpecialist:
    """The specialist that owns ``Dataset``. It does what notes ask for in a form of ``Repair``, and says so of others.

    What was pulled before is not pulled again, unless a note asks for it or the file is lost.
    """
    puller = Puller(profile.sources, sources, files)

    @specialist(
        decides=Dataset,
        version=f"1 {profile.digest()}",
        attempts=profile.checks.revisions + 2,
        seat="kept",
        forms=FORMS,
    )
    async def data(handoff: Handoff[ReportRequest]) -> Dataset | Escalate:
        request, period = handoff.case, Period.parse(handoff.case.period)
        since, until = months_later(_month_after(period), -profile.history), period.last
        before = handoff.previous if isinstance(handoff.previous, Dataset) else None
        made = _Making(request.sources, *await _pulled(puller, request.sources, Want(None, since, until), before))
        for note in handoff.notes:
            await made.take(note, puller, before)
        if not made.pulls:
            return Escalate("None of the sources could be pulled. " + " ".join(each.why for each in made.absent))
        return await asyncio.to_thread(_dataset, made, files, since, until)

    return data


@dataclass(slots=True)
class _Making:
    """A dataset on its way."""

    sources: tuple[str, ...]
    pulls: list[Pull]
    absent: list[Absence]
    repairs: list[tuple[Repair | None, Repaired]] = field(default_factory=list)
    down: dict[str, str] = field(default_factory=dict)
    """Why a source could not be pulled again; it is asked once only."""

    async def take(self, note: Note, puller: Puller, before: Dataset | None) -> None:
        """Do what a note asks for; what takes a pull is not done twice."""
        try:
            repair = Repair.parse(note.text)
            if repair.source not in self.sources:
                raise ValueError(f"the request has no source {repair.source!r}; it has {', '.join(self.sources)}")
        except ValueError as wrong:
            self._say(None, note, "refused", str(wrong))
            return
        if repair.kind != "pull":
            self._say(repair, note, "done", "")
            return
        earlier = before.repairs[len(self.repairs)] if before and len(self.repairs) < len(before.repairs) else None
        if before and earlier and earlier.request == note.text and earlier.pull is not None:
            pull = before.pulls[earlier.pull]
            if puller.has(pull):
                self._pull(repair, note, pull)
                return
        if repair.source in self.down:
            self._say(None, note, "nothing", self.down[repair.source])
            return
        match await puller.pull(repair.source, Want(repair.series, repair.first, repair.last)):
            case Pull() as fresh:
                self._pull(repair, note, fresh)
            case Absence(why=why):
                self.down[repair.source] = why
                self._say(None, note, "nothing", why)

    def _pull(self, repair: Repair, note: Note, pull: Pull) -> None:
        if repair.is_everything:
            self.absent = [each for each in self.absent if each.source != repair.source]
        self.pulls.append(pull)
        self._say(repair, note, "done", "", len(self.pulls) - 1)

    def _say(self, repair: Repair | None, note: Note, outcome: Outcome, words: str, pull: int | None = None) -> None:
        said = Repaired(request=note.text, by=note.author, outcome=outcome, words=words, pull=pull)
        self.repairs.append((repair, said))


async def _pulled(
    puller: Puller, sources: tuple[str, ...], want: Want, before: Dataset | None
) -> tuple[list[Pull], list[Absence]]:
    """The first pull of each source: the one that is kept, or a new one."""
    repairs = {repaired.pull for repaired in before.repairs} if before else set()
    kept = [pull for place, pull in enumerate(before.pulls) if place not in repairs] if before else []
    kept = [pull for pull in kept if pull.source in sources and puller.has(pull)]
    known = {pull.source for pull in kept}
    known |= {each.source for each in before.absent if _is_all(each)} if before else set()
    left = tuple(name for name in sources if name not in known)
    fresh, absent = await puller.all_of(left, want)
    still = [each for each in before.absent if _is_all(each) and each.source in sources] if before else []
    return [*kept, *fresh], [*still, *absent]


def _is_all(absence: Absence) -> bool:
    """Whether it is a whole source that could not be pulled."""
    return absence.series is None


def _dataset(made: _Making, files: FileStore, since: date, until: date) -> Dataset:
    pulled_for = {said.pull: repair for repair, said in made.repairs if said.pull is not None}
    pieces = [
        Piece(pull.source, place, files.path(pull.table), pulled_for.get(place))
        for place, pull in enumerate(made.pulls)
    ]
    table = TidyTable(pieces, made.sources[0], since, until)
    changing = [repair for repair, _ in made.repairs if repair is not None and repair.kind != "pull"]
    draft = table.write(changing, files.draft)
    lives = _lives(draft)
    artifact = files.adopt(draft, "dataset.parquet")
    days = [day for life in lives for day in (life.first, life.last) if day is not None]
    return Dataset(
        table=artifact,
        rows=sum(life.rows for life in lives),
        series=len({life.series for life in lives}),
        first=min(days, default=None),
        last=max(days, default=None),
        pulls=tuple(made.pulls),
        absent=(*made.absent, *_absences(lives, since))[:MOST_ABSENT],
        repairs=tuple(_said(repair, said, table.changed) for repair, said in made.repairs),
        rationale=_rationale(made, lives),
    )


def _said(repair: Repair | None, said: Repaired, changed: Mapping[Repair, int]) -> Repaired:
    if repair is None:
        return said
    rows = changed.get(repair, 0)
    if not rows:
        return said.model_copy(update={"outcome": "nothing", "words": "there are no such rows"})
    return said.model_copy(update={"rows": rows, "words": f"{rows} {'row' if rows == 1 else 'rows'}"})


@dataclass(frozen=True, slots=True)
class _Life:
    """How long a series is there in a source."""

    series: str
    source: str
    first: date | None
    last: date | None
    rows: int


def _lives(table: Path) -> list[_Life]:
    grouped = (
        pl.scan_parquet(table)
        .group_by("series", "source")
        .agg(first=pl.col("date").min(), last=pl.col("date").max(), rows=pl.len())
    )
    found = grouped.sort("series", "source").collect(engine="streaming")
    return [_Life(*row) for row in found.select("series", "source", "first", "last", "rows").iter_rows()]


def _absences(lives: list[_Life], since: date) -> Iterator[Absence]:
    """Where a series begins later in one source than in another."""
    begins: dict[str, date] = {}
    for life in lives:
        if life.first is not None:
            begins[life.series] = min(life.first, begins.get(life.series, life.first))
    there = {(life.source, life.series) for life in lives}
    for source in dict.fromkeys(life.source for life in lives):
        for series in begins:
            if (source, series) not in there:
                yield Absence(source=source, series=series, why="is not there, and so not checked against it")
    for life in lives:
        if life.first is not None and (life.first - begins[life.series]).days > 31:
            why = f"begins on {life.first}"
            yield Absence(source=life.source, series=life.series, first=begins[life.series], last=life.first, why=why)


def _rationale(made: _Making, lives: list[_Life]) -> str:
    names = ", ".join(f"{pull.rows} rows from {pull.source}" for pull in made.pulls)
    done = sum(said.outcome == "done" for _, said in made.repairs)
    asked = f"; {done} of {len(made.repairs)} requests done" if made.repairs else ""
    return f"{len({life.series for life in lives})} series: {names}{asked}."


def _month_after(period: Period) -> date:
    return period.shifted(1).first
