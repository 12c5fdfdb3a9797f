"""What the faults need, and the table of counts at the end of a run."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from state.sql.tables import metadata
from tests.faults import tables
from tests.faults.pending import PENDING
from tests.faults.processes import Children
from tests.faults.report import Report
from tests.faults.site import Site

HERE = Path(__file__).parent

REPORT = pytest.StashKey[Report]()

SWITCH = "ROUNDHOUSE_FAULTS"

Extent = Literal["short", "long"]
"""``short``: every named point once, as a part of all tests. ``long``: every point, and two hundred kills."""


@pytest.fixture(scope="session")
def extent() -> Extent:
    """How much is done: ``ROUNDHOUSE_FAULTS=long`` asks for all."""
    return "long" if os.environ.get(SWITCH) == "long" else "short"


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    """Where the counts go."""
    return request.config.stash.setdefault(REPORT, Report())


@pytest.fixture
def children() -> Iterator[Children]:
    """Makes processes; the server that they are forked from is started with the first of all."""
    made = Children()
    yield made
    made.kill_all()


@pytest.fixture
def sqlite_site(sqlite_url: str, children: Children, report: Report) -> Iterator[Site]:
    """A SQLite file with nothing but its schema, and the means to hit those who work on it."""
    with Site.prepared(sqlite_url, children, report) as site:
        yield site


@pytest.fixture
def postgres_site(shared_postgres_url: str, children: Children, report: Report) -> Iterator[Site]:
    """A PostgreSQL database with nothing but its schema, and the means to hit those who work on it."""
    with Site.prepared(shared_postgres_url, children, report) as site:
        yield site
    children.kill_all()  # of whom none may be in the way
    tables.execute(shared_postgres_url, f"TRUNCATE {', '.join(metadata.tables)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Site:
    """A database of either kind with nothing but its schema, and the means to hit those who work on it."""
    prepared: Site = request.getfixturevalue({"sqlite": "sqlite_site", "postgresql": "postgres_site"}[request.param])
    return prepared


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what waits for a mend."""
    if os.environ.get(SWITCH) == "pending":
        return
    left_out = [item for item in items if item.path.is_relative_to(HERE) and _name(item) in PENDING]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the counts, and what was left out."""
    counted = config.stash.get(REPORT, None)
    if counted is None:
        return
    terminalreporter.section("faults")
    for line in counted.lines():
        terminalreporter.write_line(line)
    for name, reason in PENDING.items():
        terminalreporter.write_line(f"left out: {name}: {reason}")


def _name(item: pytest.Item) -> str:
    return item.name.partition("[")[0]
