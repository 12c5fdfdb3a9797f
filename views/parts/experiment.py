"""An experiment on a page: what it says in half a page, its plots, and the figures of every cell."""

from io import StringIO
from typing import Any

import altair as alt
import streamlit as st

from lab.paper.slides import slides
from lab.result import Result, result
from lab.statistics.row import FIGURES, definition
from lab.statistics.sample import Condition
from runtime.logbook import Logbook
from state.experiment import ExperimentRow
from views.parts.text import escaped

WIDTH = 1000
"""Of a plot, in pixels, where there is room."""

NAMES = {
    "overhead": "Overhead",
    "turns": "Turns",
    "questions": "Questions to a human",
    "quality": "Quality and cost",
    "worth": "Where a shape stops being worth it",
    "cascade": "Override cascades",
}
"""What the plots are called."""

PERCENT = ("overhead", "success", "decisions_right", "cascade", "stuck", "idle")
"""The figures that are shares."""

FIRST = ("turns", "overhead", "questions", "success", "spent_per_right", "cost", "stuck", "cascade", "idle")
"""The figures that a table begins with; the others can be shown as well."""


def chosen_result(logbook: Logbook, row: ExperimentRow) -> Result:
    """What an experiment came to, under the condition that a person chooses where there are several."""
    found = _result(logbook, id(logbook), row.id, row.done, None)
    if len(found.conditions) == 1:
        return found
    with st.container(horizontal=True):
        overlap = _level("Overlap", "lab-overlap", found, "overlap")
        rate = _level("Fault rate", "lab-fault-rate", found, "fault_rate")
    return _result(logbook, id(logbook), row.id, row.done, Condition(overlap, rate))


@st.cache_resource(max_entries=16, show_spinner="Working out the intervals …")
def _result(_logbook: Logbook, of: int, experiment: str, done: int, condition: Condition | None) -> Result:
    """It takes a second or two, so it is kept for as many trials as are done."""
    found = result(_logbook.experiment(experiment), _logbook.trials(experiment), condition)
    assert found is not None, "it has a trial"
    return found


def _level(label: str, key: str, found: Result, factor: str) -> float:
    """The level of a factor; a choice only where there are several."""
    levels = sorted({getattr(each, factor) for each in found.conditions})
    standing = getattr(found.verdicts.condition, factor)
    if len(levels) == 1:
        return float(levels[0])
    key = f"{key}-{found.experiment.id}"
    chosen = st.segmented_control(
        label, levels, default=standing, required=True, format_func=lambda level: f"{level:.4g}", key=key
    )
    return float(standing if chosen is None else chosen)


def answers(found: Result) -> None:
    """What the experiment says."""
    for answer in found.verdicts.answers():
        st.markdown(f"**{escaped(answer.question)}**  \n{escaped(answer.text)}")


def plots(found: Result) -> None:
    """One plot at a time, as it would be in a slide."""
    shown = {slide.name: slide for slide in slides(found.rows, found.verdicts)}
    if not shown:
        return
    st.subheader("Plots", anchor=False)
    names = list(shown)
    words: Any = {"label_visibility": "collapsed", "key": "lab-plot"}
    name = st.segmented_control("Plot", names, default=names[0], required=True, format_func=_title, **words)
    slide = shown[name or names[0]]
    st.image(
        _drawn(slide.chart, found.experiment.id, found.experiment.done, found.verdicts.condition, slide.name),
        width=WIDTH,
    )
    st.caption(f"{slide.says} As files for slides: `roundhouse lab EXPERIMENT --out FOLDER`.")


def _title(name: str) -> str:
    return NAMES.get(name, name)


@st.cache_data(max_entries=64, show_spinner="Drawing …")
def _drawn(_chart: alt.LayerChart, experiment: str, done: int, condition: Condition, name: str) -> str:
    """The plot as SVG. It is drawn for one size, in which no name lies on another, and scaled as a whole."""
    drawing = StringIO()
    _chart.save(drawing, format="svg")
    return drawing.getvalue()


def figures(found: Result) -> None:
    """Every cell, to be sorted by any figure."""
    st.subheader("Figures", anchor=False)
    more = st.toggle("All figures and intervals", key="lab-more")
    factors = ["shape", "agents", "overlap", "fault_rate", "cases"]
    named = [*factors, *(FIRST if not more else [each for name in FIGURES for each in _with_ends(name)])]
    rows = [{name: row.flat()[name] for name in named} for row in found.rows]
    st.dataframe(rows, hide_index=True, column_config={name: _column(name) for name in named}, height=420)


def _with_ends(figure: str) -> tuple[str, str, str]:
    return figure, f"{figure}_low", f"{figure}_high"


def _column(name: str) -> Any:
    figure = name.removesuffix("_low").removesuffix("_high")
    if figure not in FIGURES:
        return st.column_config.Column(name.replace("_", " "))
    form = "percent" if figure in PERCENT else "%.4g"
    return st.column_config.NumberColumn(name.replace("_", " "), help=definition(figure), format=form)
