"""How soon the runs of a dead worker go on, while those who are left have thousands of other cases to work at.

One death at a time: the next comes when all the runs of the one before go on, and another worker is there in its place.
"""

from statistics import median

from benchmarks.report import SHOWN, Row
from benchmarks.scale.death import Death, has_in_hand, strike
from benchmarks.scale.site import Site, opened_site
from benchmarks.scale.sizes import Sizes
from benchmarks.scale.speed import enqueue

CONCURRENCY, WORKERS = 16, 3
"""How many runs at a time in each worker, and how many of these there are."""

LOOK = 0.05
"""Seconds between two looks."""

PROMISED = 15.0
"""Seconds in which the runs of a dead worker go on."""


def measure(server: str, sizes: Sizes) -> list[Row]:
    """The rows of recovery."""
    with opened_site(server) as site:
        enqueue(site, sizes.behind)
        site.hire(WORKERS, CONCURRENCY)
        deaths = [_followed(site) for _ in range(sizes.deaths)]
        left = site.row("SELECT count(*) FROM runs WHERE status = 'running'")[0]
        site.dismiss()
    seconds, runs = [death.seconds for death in deaths], sum(len(death.held) for death in deaths)
    what = f"from a worker's death until all its runs go on, the longest of {len(deaths)}; {left:,} others wait"
    rest = f"… median; {runs:,} runs were in their hands"
    return [
        Row(what, f"< {PROMISED:.0f} s", f"{max(seconds):.1f} s", max(seconds) < PROMISED),
        Row(rest, SHOWN, f"{median(seconds):.1f} s", True),
    ]


def _followed(site: Site) -> Death:
    """Have a worker die that has runs in hand, and another come, and see when those go on."""
    site.until(lambda: site.are_ready() and has_in_hand(site, site.workers[0].pid), LOOK)
    death = strike(site)
    site.hire(1, CONCURRENCY)
    site.until(lambda: death.has_gone_on(site), LOOK)
    return death
