"""The book of the lab: the shipped experiments, told together in ``docs/``, and the costs that lint reads of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from graphs.measured import Measured
from lab.paper.folder import about
from lab.paper.report import Report, report
from lab.paper.tables import gist_table, plain
from lab.statistics.bootstrap import Bootstrap
from lab.statistics.costs import costs
from lab.statistics.sample import SHAPES, samples
from lab.statistics.wording import MEANT
from runtime.logbook import Logbook

CHAPTERS: Mapping[str, str] = {
    "sizes": "every shape with teams of 1 to 32",
    "faults": "from agents that never err to agents that hardly do anything else",
    "overlap": "agents with views of their own of what others decide",
    "leads": "lead qualification, with its own specialists, in every shape",
}
"""The experiments, by the names of their runfiles, and what each is about. The first answers the questions."""

COSTED = ("sizes", "overlap")
"""The chapters whose teams lint compares a workflow with."""

FAULT_RATE = 0.05
"""The rate of faults at which it does."""

INDEX = "README.md"


def write_book(logbook: Logbook, kept: Mapping[str, str], folder: Path, table: Path, told_at: str) -> None:
    """Write a page for each chapter, with its plots, an index that begins with the answers, and the table of costs.

    ``kept`` has the id of each chapter's experiment, which is finished; ``told_at`` is where lint says that it is told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, Report] = {}
    for name, experiment in kept.items():
        told[name] = report(about(logbook.experiment(experiment)), logbook.trials(experiment))
        told[name].written(folder / f"{name}.md", ("svg",))
    (folder / INDEX).write_text(_index(told), encoding="utf-8")
    found = measured_by(logbook, [kept[name] for name in COSTED], told_at)
    table.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _index(told: Mapping[str, Report]) -> str:
    first = next(iter(told.values()))
    answers = [f"**{plain(each.question)}** {plain(each.text)}" for each in first.verdicts.answers()]
    shown = [f"![{slide.says}]({next(iter(told))}/{slide.name}.svg)" for slide in first.slides[:2]]
    pages = [f"- [{name}]({name}.md): {CHAPTERS[name]}" for name in told]
    shapes = [f"- **{name}**: {plain(MEANT[name])}" for name in SHAPES]
    parts = [
        "# What coordination costs, measured",
        "Several agents, one workflow: where does coordination explode, how often must a human step in, does it get "
        "worse with every agent, and who pays for the idle ones? That depends on the *shape*, which says who works "
        "next, on what, and who settles a disagreement:",
        "\n".join(shapes),
        gist_table(first.verdicts.shapes),
        *answers,
        "The agents, their faults and the human who answers are simulated, drawn from a seed: `make lab` makes the "
        "same figures anywhere. How each is made, and what is priced how, is in "
        f"[the method]({next(iter(told))}.md#method).",
        *shown,
        "## The experiments",
        "\n".join(pages),
    ]
    return "\n\n".join(parts) + "\n"


def measured_by(logbook: Logbook, kept: Sequence[str], told_at: str) -> Measured:
    """The table of costs of several experiments; where two have tried the same cell, the first stands."""
    several = [_costs(logbook, experiment, told_at) for experiment in kept]
    rows = {(cost.shape, cost.agents, cost.overlap): cost for found in reversed(several) for cost in found.rows}
    cases = min(found.cases for found in several)
    return Measured(report=told_at, fault_rate=FAULT_RATE, cases=cases, rows=tuple(rows.values()))


def _costs(logbook: Logbook, experiment: str, told_at: str) -> Measured:
    bootstrap = Bootstrap(logbook.experiment(experiment).content["seed"])
    return costs(samples(logbook.trials(experiment)), FAULT_RATE, told_at, bootstrap)
