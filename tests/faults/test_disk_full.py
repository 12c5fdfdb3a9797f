"""A disk that is full and has room again: who works is told, and the same process finishes all."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.synchronize import Event

import pytest

from tests.faults import tables
from tests.faults.children import insist
from tests.faults.conftest import Extent
from tests.faults.endurance import AT_A_TIME, endure, fragile
from tests.faults.mischief import insist_on_a_disk
from tests.faults.processes import Child
from tests.faults.site import FIRST, Site

CASES = {"long": 48, "short": 8}

GROWING = ("saved_checkpoints", "saved_writes", "runs", "records", "reviews", "outbox")
"""The tables that a server without room refuses."""

NO_ROOM = """
CREATE OR REPLACE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$
"""


@contextmanager
def event_set(is_full: Event) -> Iterator[None]:
    is_full.set()
    yield
    is_full.clear()


@contextmanager
def no_more_bytes(child: Child) -> Iterator[None]:
    """No file of the process may grow: the operating system refuses it in the middle of a write."""
    limits = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (4096, limits[1]))
    yield
    resource.prlimit(child.pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_more_blocks(url: str) -> Iterator[None]:
    """The server refuses every row with the error that it has for a full disk."""
    when = "BEFORE INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION no_room()"
    create = [f"CREATE TRIGGER no_room {when.format(table=table)}" for table in GROWING]
    tables.execute(url, NO_ROOM, *create)
    try:
        yield
    finally:
        tables.execute(url, *(f"DROP TRIGGER no_room ON {table}" for table in GROWING))


def test_a_file_that_cannot_grow_costs_nothing(sqlite_site: Site, extent: Extent) -> None:
    tickets, is_full = sqlite_site.tickets("unsure", CASES[extent]), sqlite_site.children.event()
    world = fragile(sqlite_site.url)
    child = sqlite_site.children.start(insist_on_a_disk, world, tickets, FIRST, AT_A_TIME, is_full)
    endure(sqlite_site, "no more pages", tickets, child, partial(event_set, is_full))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are set as Linux has it")
def test_a_log_that_cannot_grow_costs_nothing(sqlite_site: Site, extent: Extent) -> None:
    tickets = sqlite_site.tickets("unsure", CASES[extent])
    child = sqlite_site.children.start(insist, fragile(sqlite_site.url), tickets, FIRST, AT_A_TIME)
    endure(sqlite_site, "no more bytes", tickets, child, partial(no_more_bytes, child))


def test_a_server_without_room_costs_nothing(postgres_site: Site, extent: Extent) -> None:
    tickets = postgres_site.tickets("unsure", CASES[extent])
    child = postgres_site.children.start(insist, fragile(postgres_site.url), tickets, FIRST, AT_A_TIME)
    endure(postgres_site, "no more blocks", tickets, child, partial(no_more_blocks, postgres_site.url))
