"""Make the sample of the reporting workflow: invented prices by two invented sources, with defects and their list.

No material, market or price in it is real. Each series is a random walk with a drift and a yearly season; both sources
quote it with a little noise of their own. Then defects are planted, far enough apart that each can be told, and listed.
What only looks like a defect is there too, in both sources alike: holidays, jumps that stay, spikes of a day; and a
series that begins later in one source. The same seed makes the same prices.

    python data/make_prices.py                                    # those of data/prices, with every kind of defect
    python data/make_prices.py --seed 2 --planting some --out others
"""

import argparse
import json
import math
import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import polars as pl

HERE = Path(__file__).parent

SEED = 1
"""Of the prices in ``prices/``."""

FIRST, LAST = date(2023, 4, 3), date(2026, 3, 31)
"""The days that a sample covers."""

SOURCES = ("exchange", "broker")
SERIES = ("amberite", "blackwax", "cobbleglass", "dunsalt", "ferrolime", "greyflax", "oxresin", "sunpitch", "vellin")
HOLIDAYS = ((1, 1), (5, 1), (8, 15), (12, 25), (12, 26))
"""Month and day; three more days of each sample are holidays."""

CLEAR = 30
"""Business days without anything else before and after each defect."""
EDGE = 10
"""Business days at the ends of a source without a local defect."""
LONGEST_PARTIAL = 15
"""Business days that a partial month may lack."""
SCALES = (0.001, 100.0)
"""In thousands, or per kilogram, which is the same here; and in hundredths."""

Planting = Literal["some", "every"]
"""``some``: kinds as the seed has it, at least ``FEWEST``. ``every``: at least one of each kind."""
FEWEST = 6
Cell = float | str
Change = Callable[[float], list[Cell]]
"""What becomes of a price: no cell, one or two."""


@dataclass(frozen=True, slots=True, order=True)
class Planted:
    """One defect."""

    check: str
    """The name of the check that has to find it."""
    source: str
    """The source that has it; ``exchange/broker`` where they disagree."""
    series: str | None
    """None where it is all of the source."""
    first: date
    last: date
    """The days that it covers: where values lack, those; the month that is partial; the first day of a new unit."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the two sources say, and what is wrong with it."""

    exchange: pl.DataFrame
    """``date``, ``material`` and ``price``, as it is written."""
    broker: pl.DataFrame
    """``day``, ``product`` and ``quote``."""
    planted: tuple[Planted, ...]


@dataclass(slots=True)
class _Market:
    """A sample that is being made. Places count its days from 0."""

    chance: random.Random
    days: list[date]
    quotes: dict[tuple[str, str], list[list[Cell]]] = field(default_factory=dict)
    """By source and series: the cells of each day."""
    blocked: dict[str, set[int]] = field(default_factory=lambda: {series: set() for series in SERIES})
    """The places of each series at which nothing more may be planted."""

    def take(self, among: Collection[str], length: int, since: int, until: int) -> tuple[str, range]:
        """Choose free days of a series, and block those around them."""
        series, place = self.chance.choice(
            [
                (series, place)
                for series in sorted(among)
                for place in range(since, until - length + 1)
                if self.blocked[series].isdisjoint(range(place, place + length))
            ]
        )
        self.blocked[series].update(range(place - CLEAR, place + length + CLEAR))
        return series, range(place, place + length)

    def turn(self, source: str, series: str, places: range, change: Change) -> None:
        """Change the prices of some days."""
        quotes = self.quotes[source, series]
        for place in places:
            quotes[place] = [new for cell in quotes[place] if isinstance(cell, float) for new in change(cell)]

    def block_edges(self) -> None:
        """Block what is near a day without both sources."""
        for series, blocked in self.blocked.items():
            both = zip(*(self.quotes[source, series] for source in SOURCES), strict=True)
            lone = [-1, *(place for place, cells in enumerate(both) if not all(cells)), len(self.days)]
            blocked.update(near for place in lone for near in range(place - EDGE, place + EDGE + 1))

    def planted(self, check: str, source: str, series: str | None, places: range) -> Planted:
        return Planted(check, source, series, self.days[places[0]], self.days[places[-1]])


def make_prices(seed: int, planting: Planting = "some") -> Sample:
    """Three years of business-daily prices of every series by both sources."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample, not a secret
    market = _Market(chance, _days(chance))
    late, *others = chance.sample(SERIES, 5)
    roles = dict(zip(("ended", "inverted", "scaled", "redenominated"), others, strict=True))
    _quote(market, set(SERIES) - {late, roles["ended"]})
    market.turn(chance.choice(SOURCES), late, range(chance.randint(80, 300)), _nothing)
    counts = _counts(chance, planting)
    planted = [one for kind, plant in WHOLE.items() if counts[kind] for one in plant(market, roles.get(kind, ""))]
    market.block_edges()
    planted += [_plant(market, kind) for kind in LOCAL for _ in range(counts[kind])]
    exchange = _frame(market, "exchange", ("date", "material", "price"))
    broker = _frame(market, "broker", ("day", "product", "quote")).cast({"quote": pl.Float64})
    return Sample(exchange, broker, tuple(sorted(planted)))


def _days(chance: random.Random) -> list[date]:
    """Mondays to Fridays but for holidays, of which no more than two stand in a row."""
    span = [FIRST + timedelta(days) for days in range((LAST - FIRST).days + 1)]
    weekdays = [day for day in span if day.weekday() < 5]
    fixed = {place for place, day in enumerate(weekdays) if (day.month, day.day) in HOLIDAYS}
    may = [place for place in range(EDGE, len(weekdays) - 25) if fixed.isdisjoint(range(place - 2, place + 3))]
    own = set(chance.sample(may[::4], 3))
    return [day for place, day in enumerate(weekdays) if place not in fixed | own]


def _quote(market: _Market, lively: Collection[str]) -> None:
    """Let both sources quote every series; those that are lively may have jumps and spikes."""
    chance, count = market.chance, len(market.days)
    steps = {series: [0.0] * count for series in SERIES}
    for kind in ("jump", "spike"):
        for _ in range(chance.randint(2, 3)):
            series, places = market.take(lively, 1, EDGE, count - 2 * LONGEST_PARTIAL - EDGE)
            size = chance.choice((1, -1)) * math.log(1 + chance.uniform(0.08, 0.20 if kind == "jump" else 0.15))
            until = count if kind == "jump" else places.stop
            for place in range(places.start, until):
                steps[series][place] += size
    for series in SERIES:
        true = [price * math.exp(step) for price, step in zip(_walk(chance, count), steps[series], strict=True)]
        for source in SOURCES:
            noise = chance.uniform(0.0003, 0.0005)
            market.quotes[source, series] = [[price * math.exp(chance.gauss(0, noise))] for price in true]


def _walk(chance: random.Random, count: int) -> Iterator[float]:
    """A price a day, in taler per tonne."""
    level, drift = math.log(chance.uniform(300, 9000)), chance.uniform(-0.08, 0.12) / 260
    volatility, season, phase = chance.uniform(0.006, 0.015), chance.uniform(0.01, 0.04), chance.uniform(0, math.tau)
    for place in range(count):
        level += drift + chance.gauss(0, volatility)
        yield math.exp(level + season * math.sin(math.tau * place / 260 + phase))


def _counts(chance: random.Random, planting: Planting) -> dict[str, int]:
    """How many of each kind."""
    least, most = (1, 2) if planting == "every" else (0, 3)
    while True:
        counts = {kind: chance.randint(least, most) for kind in LOCAL}
        counts |= {kind: chance.randint(least, 1) for kind in WHOLE}
        if sum(count > 0 for count in counts.values()) >= FEWEST:
            return counts


def _partial(market: _Market, _: str) -> list[Planted]:
    source, count = market.chance.choice(SOURCES), len(market.days)
    lacking = range(count - market.chance.randint(5, LONGEST_PARTIAL), count)
    for series in SERIES:
        market.turn(source, series, lacking, _nothing)
    return [Planted("partial", source, None, LAST.replace(day=1), LAST)]


def _ended(market: _Market, series: str) -> list[Planted]:
    source, count = market.chance.choice(SOURCES), len(market.days)
    lacking = range(count - market.chance.randint(44, 215), count)
    market.turn(source, series, lacking, _nothing)
    return [market.planted("ended", source, series, lacking)]


def _all_along(market: _Market, check: str, series: str, change: Change) -> list[Planted]:
    source, places = market.chance.choice(SOURCES), range(len(market.days))
    market.turn(source, series, places, change)
    return [market.planted(check, source, series, places)]


def _redenominated(market: _Market, series: str) -> list[Planted]:
    count = len(market.days)
    _, day = market.take([series], 1, 40, count - 40 - LONGEST_PARTIAL)
    change = _times(10.0 ** (market.chance.choice((1, -1)) * market.chance.randint(1, 4)))
    for source in SOURCES:
        market.turn(source, series, range(day.start, count), change)
    return [market.planted("redenominated", source, series, day) for source in SOURCES]


WHOLE: dict[str, Callable[[_Market, str], list[Planted]]] = {
    "partial": _partial,
    "ended": _ended,
    "inverted": lambda market, series: _all_along(market, "inverted", series, lambda price: [1 / price]),
    "scaled": lambda market, series: _all_along(market, "scaled", series, _times(market.chance.choice(SCALES))),
    "redenominated": _redenominated,
}
"""The kinds that concern all of a source or series: at most one of each, the last four in series of their own."""


def _plant(market: _Market, kind: str) -> Planted:
    chance, (longest, draw) = market.chance, LOCAL[kind]
    source = "exchange" if kind == "unreadable" else chance.choice(SOURCES)
    series, places = market.take(SERIES, chance.randint(1, longest), 0, len(market.days))
    market.turn(source, series, places, draw(chance))
    return market.planted(kind, "/".join(SOURCES) if kind == "disagree" else source, series, places)


def _duplicate(chance: random.Random) -> Change:
    factor = chance.choice((1.0, 1 + chance.choice((1, -1)) * chance.uniform(0.01, 0.05)))
    before, after = chance.choice(((1.0, factor), (factor, 1.0)))
    return lambda price: [price * before, price * after]


def _unreadable(chance: random.Random) -> Change:
    word = chance.choice(("n/q", "=1+1", "12,5x"))
    return lambda _: [word]


LOCAL: dict[str, tuple[int, Callable[[random.Random], Change]]] = {
    "missing": (5, lambda _: _nothing),
    "duplicate": (1, _duplicate),
    "outlier": (1, lambda chance: _times(chance.uniform(1.15, 3.0) ** chance.choice((1, -1)))),
    "disagree": (10, lambda chance: _times(1 + chance.choice((1, -1)) * chance.uniform(0.009, 0.04))),
    "unreadable": (1, _unreadable),
}
"""The kinds that concern some days of a series: how many days at most, and what becomes of their cells."""


def _nothing(_: float) -> list[Cell]:
    return []


def _times(factor: float) -> Change:
    return lambda price: [price * factor]


def _frame(market: _Market, source: str, columns: tuple[str, str, str]) -> pl.DataFrame:
    """The quotes of a source as they are written, by day and series."""
    rows = [
        (day, series, _written(cell))
        for place, day in enumerate(market.days)
        for series in SERIES
        for cell in market.quotes[source, series][place]
    ]
    return pl.DataFrame(rows, dict(zip(columns, (pl.Date, pl.String, pl.String), strict=True)), orient="row")


def _written(cell: Cell) -> str:
    """Six significant digits, without an exponent."""
    return cell if isinstance(cell, str) else f"{Decimal(f'{cell:.6g}'):f}"


def write(sample: Sample, folder: Path) -> None:
    """Write ``exchange.csv``, ``broker.parquet`` and ``planted.json``; the folder is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    sample.exchange.write_csv(folder / "exchange.csv")
    sample.broker.write_parquet(folder / "broker.parquet")
    planted = json.dumps([asdict(one) for one in sample.planted], indent=2, default=str)
    (folder / "planted.json").write_text(planted + "\n", encoding="utf-8")


def main() -> None:
    """Make the sample, or another as the options say."""
    options = argparse.ArgumentParser(description="Make invented prices with planted defects.")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--planting", choices=("some", "every"), default="every")
    options.add_argument("--out", type=Path, default=HERE / "prices", help="a folder")
    given = options.parse_args()
    write(make_prices(given.seed, given.planting), given.out)


if __name__ == "__main__":
    main()
