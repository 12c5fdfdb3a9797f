"""The report of an experiment in Markdown: the answers first, then tables and plots, then the method.

The same trials and the same seed make the same text, whatever the order of the trials and wherever it is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.paper.method import method
from lab.paper.plots import BOTH, Format, saved
from lab.paper.slides import Slide, slides
from lab.paper.tables import (
    COORDINATION,
    OUTCOME,
    crossings_table,
    growth_table,
    plain,
    rows_table,
    worth_table,
)
from lab.statistics.bootstrap import Bootstrap
from lab.statistics.row import Row
from lab.statistics.sample import Sample, samples, shapes
from lab.statistics.sharpening import Sharpening, sharpening
from lab.statistics.summary import summary
from lab.statistics.tariff import Tariff
from lab.statistics.verdict import EVENTS
from lab.statistics.verdicts import Verdicts, verdicts
from lab.statistics.wording import percent
from state.trial import Cell, ShapeName, Trial


@dataclass(frozen=True, slots=True)
class About:
    """What is to be known of an experiment beside its trials."""

    name: str
    factors: Mapping[str, str]
    """What was varied and what was set, in words: each name and what it was."""
    tariff: Tariff
    """What is charged for besides calls, in the currency of the trials' costs."""
    assumptions: Sequence[str] = ()
    """What else the figures rest on, in sentences."""
    bootstrap: Bootstrap = field(default_factory=Bootstrap)


@dataclass(frozen=True, slots=True)
class Report:
    """What an experiment says, and with which plots."""

    about: About
    found: Mapping[Cell, Sample]
    rows: tuple[Row, ...]
    verdicts: Verdicts
    slides: tuple[Slide, ...]

    def text(self, pictures: str = "", shown: Format = "png") -> str:
        """The Markdown, with its pictures in a folder beside it, of which this is the name."""
        parts = [f"# {plain(self.about.name)}", *self._answers(), *self._slides(pictures, shown), *self._tables()]
        return "\n\n".join([*parts, *self._method()]) + "\n"

    def written(self, file: Path, formats: Sequence[Format] = BOTH) -> Path:
        """Write the Markdown, and its pictures into a folder beside it that has its name; the first format is shown."""
        folder = file.with_suffix("")
        folder.mkdir(parents=True, exist_ok=True)
        for slide in self.slides:
            saved(slide.chart, folder, slide.name, formats)
        file.write_text(self.text(folder.name, formats[0]), encoding="utf-8")
        return file

    def _answers(self) -> list[str]:
        return [f"**{plain(each.question)}** {plain(each.text)}" for each in self.verdicts.answers()]

    def _slides(self, pictures: str, shown: Format) -> list[str]:
        where = f"{pictures}/" if pictures else ""
        links = [f"![{slide.says}]({where}{slide.name}.{shown})" for slide in self.slides]
        return ["## Plots", *links] if links else []

    def _tables(self) -> list[str]:
        condition, bootstrap = self.verdicts.condition, self.about.bootstrap
        under = f"faults in {percent(condition.fault_rate)} of the turns, overlap {percent(condition.overlap)}"
        return [
            f"## Tables\n\n### Coordination: {under}",
            rows_table(self.rows, condition, COORDINATION),
            f"### Outcome: {under}",
            rows_table(self.rows, condition, OUTCOME),
            *_headed("Growth with the number of agents", growth_table(self.found, bootstrap)),
            *_headed("Crossings over the fault rate", crossings_table(self._crossings())),
            *_headed("Where a right case costs more", worth_table(self.found, self.about.tariff, bootstrap)),
        ]

    def _crossings(self) -> dict[tuple[ShapeName, float], list[Sharpening]]:
        tested: dict[tuple[ShapeName, float], list[Sharpening]] = {}
        for shape in shapes(self.found):
            for overlap in sorted({cell.overlap for cell in self.found if cell.shape == shape}):
                several = [
                    sample for cell, sample in self.found.items() if (cell.shape, cell.overlap) == (shape, overlap)
                ]
                every = (sharpening(several, event, self.about.bootstrap) for event in EVENTS)
                tested[shape, overlap] = [each for each in every if each is not None]
        return tested

    def _method(self) -> list[str]:
        about = self.about
        varied = [f"- {plain(name)}: {plain(value)}" for name, value in about.factors.items()]
        told = method(about.bootstrap, about.tariff)
        assumed = [f"- {plain(each)}" for each in about.assumptions]
        return ["## Method", *(["\n".join(varied)] if varied else []), told, *(["\n".join(assumed)] if assumed else [])]


def report(about: About, trials: Iterable[Trial]) -> Report:
    """The report of an experiment.

    Raises ValueError without trials, or where a case of a cell comes twice.
    """
    found = samples(trials)
    rows = summary(found, tariff=about.tariff, bootstrap=about.bootstrap)
    said = verdicts(found, tariff=about.tariff, bootstrap=about.bootstrap, rows=rows)
    return Report(about, found, rows, said, slides(rows, said))


def _headed(head: str, text: str) -> list[str]:
    return [f"### {head}", text] if text else []
