"""How long lists, filters, counts and figures take over a million runs."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import Connection

from benchmarks.report import SHOWN, Row
from benchmarks.scale.many import OTHER, RARE, fill_with
from benchmarks.scale.site import WORKFLOW, opened_site
from benchmarks.scale.sizes import Sizes
from state.run import RunFilter
from state.sql.batch_list import list_batches
from state.sql.database import Database
from state.sql.figures import read_figures
from state.sql.reviews import count_open, list_open
from state.sql.run_list import known_workflows
from state.sql.run_pages import Place, runs_after
from state.sql.runs import count_by_status, count_runs, find_run, list_runs
from state.sql.store import Store
from state.sql.workers import read_load

MOST = 100.0
"""Milliseconds."""

PAGE = 100
"""How many runs a list shows."""

Read = Callable[[Connection], Any]


def measure(server: str, sizes: Sizes) -> list[Row]:
    """The rows of lists."""
    with opened_site(server) as site:
        count = fill_with(site, sizes.runs, sizes.real)
        [run, case, batch, created_at] = site.row(
            "SELECT id, case_id, batch, created_at FROM runs ORDER BY created_at OFFSET %s LIMIT 1", count // 2
        )
        filters = _filters(run, case, batch)
        place = Place(created_at, run)
        reads: dict[str, Read] = {
            f"list {name}": partial(list_runs, chosen=chosen, limit=PAGE) for name, chosen in filters.items()
        }
        reads |= {
            "list the page behind half of them": partial(runs_after, chosen=RunFilter(), after=place, limit=PAGE),
            "list the waiting ones of the page behind half": partial(
                runs_after, chosen=RunFilter(status="waiting"), after=place, limit=PAGE
            ),
            "find one by its id": partial(find_run, run=run),
            "find one by its case": partial(find_run, run=case),
            "find one by the beginning of its id": partial(find_run, run=run[:-1]),
            "the inbox": partial(list_open, limit=PAGE),
            "how many questions are open": count_open,
            "the workers and the queue": read_load,
        }
        counts: dict[str, Read] = {
            f"count {name}": partial(count_runs, chosen=chosen) for name, chosen in filters.items()
        }
        counts |= {
            "count each status": partial(count_by_status, chosen=RunFilter()),
            "the workflows that have runs": known_workflows,
            "the newest batches with their counts": partial(list_batches, limit=20),
            "the figures of a week": partial(read_figures, since=datetime.now(UTC) - timedelta(days=7)),
            "the figures of all time": read_figures,
        }
        with Database.open(site.url) as database:
            store = Store(database)
            return [
                *(
                    _row(f"{name}, {count:,} runs" if not number else name, store, read, sizes.times, "held")
                    for number, (name, read) in enumerate(reads.items())
                ),
                *(_row(name, store, read, sizes.times, "shown") for name, read in counts.items()),
            ]


def _filters(run: str, case: str, batch: str) -> Mapping[str, RunFilter]:
    week = datetime.now(UTC) - timedelta(days=7)
    return {
        "all": RunFilter(),
        "originals of a workflow": RunFilter(workflow=WORKFLOW, origin="originals"),
        "a workflow with a tenth of them": RunFilter(workflow=OTHER),
        "a workflow with hardly any": RunFilter(workflow=RARE),
        "a workflow that has none": RunFilter(workflow="nothing"),
        "those that wait": RunFilter(status="waiting"),
        "those that failed": RunFilter(status="failed"),
        "those that run": RunFilter(status="running"),
        "those that were rejected": RunFilter(status="rejected"),
        "those that asked": RunFilter(asked=True),
        "completed ones of a workflow that asked": RunFilter(workflow=OTHER, status="completed", asked=True),
        "flagged ones of a week": RunFilter(flagged=True, since=week),
        "those of a batch": RunFilter(batch=batch),
        "the waiting ones of a batch": RunFilter(batch=batch, status="waiting"),
        "by a part of an id that many have": RunFilter(text=case[:4]),
        "by a part of an id that one has": RunFilter(text=run[2:]),
        "forks, where there are none": RunFilter(origin="forks"),
    }


def _row(name: str, store: Store, read: Read, times: int, target: str) -> Row:
    """The median of some readings; the first does not count."""
    spent = []
    for _ in range(times + 1):
        began = time.perf_counter()
        store.read_now(read)
        spent.append(1000 * (time.perf_counter() - began))
    middle = median(spent[1:])
    return Row(name, f"< {MOST:.0f} ms" if target == "held" else SHOWN, f"{middle:.1f} ms", middle < MOST)
