"""The table of imports in the design, kept by the syntax tree of every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CORE = ("state", "agents", "graphs", "runtime", "lab")
"""The rooms, each of which may import itself and those to its left."""

MAY = {
    **{room: {*CORE[: place + 1]} for place, room in enumerate(CORE)},
    # the pages
    "views": {*CORE, "views"},
    # what the terminal shows
    "terminal": {*CORE, "terminal"},
    # the front doors
    "app": {*CORE, "views"},
    "cli": {*CORE, "terminal"},
}
"""Which of our rooms each room may import."""

OUTSIDE = frozenset({"notebooks", "benchmarks", "tests", "data"})
"""What may import every room and is imported by none of them."""

OTHER = frozenset({"docs", "dist", "build", "node_modules"})
"""Folders without code of ours."""

ONLY = {
    # the database is the business of one room, and of the data source and the tool that read a user's SQL
    "sqlalchemy": ("state/sql/", "agents/report/", "agents/tools/sql_table.py"),
    # the graph engine: the graphs, what drives them, and the saver
    "langgraph": ("graphs/", "runtime/", "state/sql/checkpoint"),
    # the model's wire
    "langchain_openai": ("agents/model.py",),
    # the browser
    "streamlit": ("views/", "app.py"),
    # the service
    "fastapi": ("runtime/service/",),
    "starlette": ("runtime/service/",),
    "uvicorn": ("runtime/service/",),
    # the queue
    "procrastinate": ("runtime/worker.py",),
    # who watches from outside
    "prometheus_client": ("runtime/telemetry/metrics.py",),
    "opentelemetry": ("runtime/telemetry/traces.py",),
}
"""Which files may import a library."""


def modules() -> Iterator[Path]:
    for room in MAY:
        yield from (ROOT / room).rglob("*.py")
    yield from ROOT.glob("*.py")


def imported(file: Path) -> set[str]:
    """The absolute names that a module imports, wherever it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(f"{'.' * node.level}{node.module or ''}")
    return names


FILES = [pytest.param(file, id=str(file.relative_to(ROOT))) for file in sorted(modules())]


@pytest.mark.parametrize("file", FILES)
def test_imports_go_one_way(file: Path) -> None:
    room = file.relative_to(ROOT).parts[0].removesuffix(".py")
    roots = {name.split(".")[0] for name in imported(file)}
    assert "" not in roots, "imports are absolute"
    assert roots & (MAY.keys() | OUTSIDE) <= MAY[room]


@pytest.mark.parametrize("file", FILES)
def test_a_library_is_imported_only_where_it_belongs(file: Path) -> None:
    path = file.relative_to(ROOT).as_posix()
    strangers = {
        name
        for name in imported(file)
        for library, places in ONLY.items()
        if name.split(".")[0] == library and not path.startswith(places)
    }
    assert not strangers


def test_every_folder_and_file_with_code_is_in_the_table() -> None:
    code = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    code |= {path.stem for path in ROOT.glob("*.py")}
    assert {name for name in code if not name.startswith(".")} <= {*MAY, *OUTSIDE, *OTHER}


@pytest.mark.parametrize("file", [each for each in FILES if str(each.id).startswith("views/")])
def test_a_page_holds_no_sql(file: Path) -> None:
    assert not {name for name in imported(file) if name.startswith("state.sql")}
