"""How long a page's script takes with 10,000 runs in SQLite and 500 open questions.

The script runs as a click runs it, from ``app.py`` on, on a desk with an open Roundhouse; what is measured ends where
everything that is to be drawn is known. The same harness around a page with one line is told for comparison.
"""

import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from streamlit.testing.v1 import AppTest

from benchmarks.crowd import fill
from benchmarks.report import SHOWN, Row, table
from runtime.desk.live import LiveDesk
from runtime.settings import Settings
from state.run import RunFilter

APP = Path(__file__).parents[1] / "app.py"
RUNS, QUESTIONS, TIMES = 10_000, 500, 15
TARGET = 300.0
"""Milliseconds, median."""

ONE_LINE = "import streamlit as st\nst.title('Roundhouse')\n"


async def measure() -> list[Row]:
    """Measure every page."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'crowd.db'}"
        fill(url, RUNS, QUESTIONS)
        desk = LiveDesk.open(Settings(database_url=url, channels={"default": f"folder:{folder}/outbox"}))
        try:
            return [_row(name, _median(_opened(desk, page, address))) for name, page, address in _pages(desk)] + [
                Row("a page of one line, in the same harness", SHOWN, f"{_median(_one_line()):.0f} ms", True)
            ]
        finally:
            desk.close()


def _pages(desk: LiveDesk) -> list[tuple[str, str, dict[str, str]]]:
    """What is opened: a name, the page, and the rest of its address."""
    asked = desk.inbox().reviews[QUESTIONS // 2]
    run = desk.runs(RunFilter(asked=True, status="completed"), 1)[0].id
    parts = ("Story", "Timeline", "Checkpoints", "What if", "Audit")
    return [
        ("overview", "overview", {}),
        ("start", "start", {}),
        (f"inbox, {QUESTIONS} questions", "inbox", {"review": asked.id}),
        (f"runs, {RUNS:,} of them", "runs", {}),
        *((f"a run: {part.lower()}", "runs", {"run": run, "part": part}) for part in parts),
    ]


def _opened(desk: LiveDesk, page: str, address: dict[str, str]) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.session_state["desk"], at.session_state["person"] = desk, "ann"
    at.run()
    at.switch_page(f"views/{page}.py")
    for name, value in address.items():
        at.query_params[name] = value
    return at


def _one_line() -> AppTest:
    return AppTest.from_string(ONE_LINE, default_timeout=60)


def _median(at: AppTest) -> float:
    """Milliseconds; the first time, in which modules are imported, does not count."""
    at.run()
    assert not at.exception, at
    assert not at.error, at
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        at.run()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000


def _row(name: str, measured: float) -> Row:
    return Row(f"the script of {name}, median", f"< {TARGET:.0f} ms", f"{measured:.0f} ms", measured < TARGET)


if __name__ == "__main__":
    import asyncio

    Console(width=120).print(table("Pages", asyncio.run(measure())))
