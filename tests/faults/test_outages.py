"""A database that goes away in the middle and comes back: who works is told, and the same process finishes all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import make_url

from tests.faults import tables
from tests.faults.children import insist
from tests.faults.conftest import Extent
from tests.faults.endurance import AT_A_TIME, Outage, endure, fragile
from tests.faults.processes import Children
from tests.faults.report import Report
from tests.faults.servers import Server, own_server
from tests.faults.site import FIRST, Site

CASES = {"long": 48, "short": 8}

TERMINATE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Another process writes to the SQLite file, and does not end."""
    connection = sqlite3.connect(make_url(url).database or "", timeout=10, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def terminated(url: str) -> Iterator[None]:
    """An administrator ends every connection."""
    tables.rows(url, TERMINATE)
    yield


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """The server crashes, and is started again."""
    server.stop()
    yield
    server.start()


def work_through(site: Site, extent: Extent, fault: str, outage: Outage) -> None:
    tickets = [ticket for trouble in ("", "unsure") for ticket in site.tickets(trouble, CASES[extent] // 2)]
    child = site.children.start(insist, fragile(site.url), tickets, FIRST, AT_A_TIME)
    endure(site, fault, tickets, child, outage)


def test_a_file_that_another_process_locks_costs_nothing(sqlite_site: Site, extent: Extent) -> None:
    work_through(sqlite_site, extent, "file locked", partial(locked, sqlite_site.url))


def test_connections_that_an_administrator_ends_cost_nothing(postgres_site: Site, extent: Extent) -> None:
    work_through(postgres_site, extent, "connections ended", partial(terminated, postgres_site.url))


def test_a_server_that_crashes_and_comes_back_costs_nothing(children: Children, report: Report, extent: Extent) -> None:
    with own_server() as server, Site.prepared(server.url, children, report) as site:
        work_through(site, extent, "server crashed", partial(stopped, server))
