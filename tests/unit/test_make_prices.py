"""The sample of the reporting workflow: every defect that is listed is there, and nothing else is wrong."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from statistics import median
from typing import get_args

import polars as pl
import pytest

from agents.report.findings import CheckName
from agents.report.profile import load_profile
from data import make_prices as script
from data.make_prices import HERE, SERIES, SOURCES, Planted, make_prices, write

OTHER = {"exchange": "broker", "broker": "exchange"}


UNDONE = ("inverted", "scaled")
"""What ``Market.apart`` undoes, so that the values can be compared."""


@dataclass
class Market:
    """A sample as one looks at it: the cells by source, series and day."""

    cells: Mapping[tuple[str, str], Mapping[date, list[str]]]
    days: list[date]
    """All on which anything is quoted, in order."""
    planted: tuple[Planted, ...]

    def within(self, one: Planted) -> Iterator[date]:
        """The days of a defect on which some source quotes its series."""
        either = self.cells["exchange", str(one.series)].keys() | self.cells["broker", str(one.series)].keys()
        return (day for day in self.days if one.first <= day <= one.last and day in either)

    def pair(self, series: str, day: date) -> tuple[float, float] | None:
        """What exchange and broker say, in one direction; None unless each says one number."""
        found = [self.cells[source, series].get(day, []) for source in SOURCES]
        if not all(len(cells) == 1 and is_number(cells[0]) for cells in found):
            return None
        inverted = {one.source for one in self.planted if one.check == "inverted" and one.series == series}
        exchange, broker = (
            float(cells[0]) ** (-1 if source in inverted else 1) for source, cells in zip(SOURCES, found, strict=True)
        )
        return exchange, broker

    def apart(self, series: str) -> dict[date, float]:
        """Exchange over broker, in one unit, on each day on which both say one number."""
        pairs = {day: pair for day in self.days if (pair := self.pair(series, day))}
        shares = {day: exchange / broker for day, (exchange, broker) in pairs.items()}
        usual = median(shares.values())
        return {day: share / usual for day, share in shares.items()}

    def step(self, one: Planted) -> float:
        """The log change of a source's series to the first day of a defect."""
        quoted = self.cells[one.source, str(one.series)]
        before = max(day for day in quoted if day < one.first)
        return math.log(float(quoted[one.first][0]) / float(quoted[before][0]))


def is_number(cell: str) -> bool:
    return cell not in ("n/q", "=1+1", "12,5x")


def market(seed: int, planting: script.Planting = "some") -> Market:
    sample = make_prices(seed, planting)
    cells: dict[tuple[str, str], dict[date, list[str]]] = {}
    for source, frame in zip(SOURCES, (sample.exchange, sample.broker), strict=True):
        for day, series, cell in frame.iter_rows():
            cells.setdefault((source, series), {}).setdefault(day, []).append(str(cell))
    return Market(cells, sorted({day for quoted in cells.values() for day in quoted}), sample.planted)


@pytest.fixture(scope="module", params=range(12))
def made(request: pytest.FixtureRequest) -> Market:
    return market(request.param)


def is_unreadable(made: Market, one: Planted) -> bool:
    cells = [made.cells["exchange", str(one.series)][day] for day in made.within(one)]
    return one.source == "exchange" and len(cells) == 1 and not is_number(cells[0][0])


def is_duplicate(made: Market, one: Planted) -> bool:
    first, second = map(float, made.cells[one.source, str(one.series)][one.first])
    return one.first == one.last and (first == second or 0.0095 < abs(first / second - 1) < 0.055)


def is_partial(made: Market, one: Planted) -> bool:
    ends = max(day for (source, _), quoted in made.cells.items() if source == one.source for day in quoted)
    lacking = [day for day in span() if day > ends and day.weekday() < 5]
    return (one.series, one.first, one.last) == (None, date(2026, 3, 1), script.LAST) and 5 <= len(lacking) <= 15


def is_ended(made: Market, one: Planted) -> bool:
    ends = max(made.cells[one.source, str(one.series)])
    goes_on = max(made.cells[OTHER[one.source], str(one.series)])
    return ends < one.first < ends + timedelta(7) and timedelta(40) < goes_on - ends < timedelta(320)


def is_inverted(made: Market, one: Planted) -> bool:
    quoted = made.cells[one.source, str(one.series)].values()
    return all(float(cells[0]) < 0.1 for cells in quoted if is_number(cells[0]))


def is_scaled(made: Market, one: Planted) -> bool:
    pairs = [pair for day in made.within(one) if (pair := made.pair(str(one.series), day))]
    usual = median(exchange / broker for exchange, broker in pairs)
    factor = usual if one.source == "exchange" else 1 / usual
    return min(abs(factor / known - 1) for known in (0.001, 100)) < 0.001


def is_redenominated(made: Market, one: Planted) -> bool:
    tens = abs(made.step(one)) / math.log(10)
    return one.first == one.last and round(tens) in (1, 2, 3, 4) and abs(tens - round(tens)) < 0.04


def is_missing(made: Market, one: Planted) -> bool:
    mine = made.cells[one.source, str(one.series)]
    lacking = [day for day in made.within(one) if day not in mine]
    return min(mine) < one.first and one.last < max(mine) and 1 <= len(lacking) <= 5 and lacking == [*made.within(one)]


def is_outlier(made: Market, one: Planted) -> bool:
    factor = made.apart(str(one.series))[one.first]
    return (
        one.first == one.last and abs(made.step(one)) > 0.08 and math.log(1.14) < abs(math.log(factor)) < math.log(3.1)
    )


def is_disagreement(made: Market, one: Planted) -> bool:
    apart = made.apart(str(one.series))
    offsets = [apart[day] - 1 for day in made.within(one)]
    return len(offsets) <= 10 and max(offsets) - min(offsets) < 0.006 and 0.006 < abs(median(offsets)) < 0.045


IS: Mapping[str, Callable[[Market, Planted], bool]] = {
    "unreadable": is_unreadable,
    "duplicate": is_duplicate,
    "partial": is_partial,
    "ended": is_ended,
    "inverted": is_inverted,
    "scaled": is_scaled,
    "redenominated": is_redenominated,
    "missing": is_missing,
    "outlier": is_outlier,
    "disagree": is_disagreement,
}


def test_the_shipped_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    write(make_prices(script.SEED, "every"), tmp_path)
    for name in ("exchange.csv", "planted.json"):
        assert (tmp_path / name).read_bytes() == (HERE / "prices" / name).read_bytes()
    assert pl.read_parquet(tmp_path / "broker.parquet").equals(pl.read_parquet(HERE / "prices" / "broker.parquet"))


def test_the_shipped_sample_has_every_kind_of_defect_that_a_file_can_have() -> None:
    planted = json.loads((HERE / "prices" / "planted.json").read_text())
    assert {one["check"] for one in planted} == {*get_args(CheckName)} - {"source"} == {*IS}


def test_the_profile_names_what_the_script_writes() -> None:
    profile = load_profile("sample")
    sample = make_prices(script.SEED)
    for declared, frame in zip(profile.sources.values(), (sample.exchange, sample.broker), strict=True):
        assert [declared.date, declared.series, declared.value] == frame.columns
    assert tuple(profile.sources) == SOURCES
    assert profile.titles.keys() == {*SERIES}


def test_every_request_of_the_sample_is_one_of_its_profile() -> None:
    contract = load_profile("sample").case_type()
    requests = [contract.model_validate_json(line) for line in (HERE / "reports.jsonl").read_text().splitlines()]
    assert len({request.id for request in requests}) == len(requests) == 24
    assert sum(request.schedule is not None for request in requests) == 2
    assert len({(request.subject, request.audience) for request in requests}) > 1


def test_a_seed_makes_the_same_prices_and_another_one_others() -> None:
    one, again, another = make_prices(3), make_prices(3), make_prices(4)
    assert one.exchange.equals(again.exchange)
    assert one.broker.equals(again.broker)
    assert one.planted == again.planted != another.planted


def test_every_defect_that_is_listed_is_there(made: Market) -> None:
    assert len({one.check for one in made.planted}) >= script.FEWEST
    for one in made.planted:
        assert IS[one.check](made, one), one


def test_a_planted_redenomination_is_in_both_sources(made: Market) -> None:
    found = [(one.series, one.first, one.source) for one in made.planted if one.check == "redenominated"]
    assert found == [(series, day, source) for series, day, _ in found[:1] for source in ("broker", "exchange")]


def test_sources_say_one_number_each_and_the_same_wherever_nothing_is_planted(made: Market) -> None:
    for series in SERIES:
        begin = max(min(made.cells[source, series]) for source in SOURCES)
        wrong = [one for one in made.planted if one.series in (series, None) and one.check not in UNDONE]
        clean = [day for day in made.days if day >= begin and not any(one.first <= day <= one.last for one in wrong)]
        apart = made.apart(series)
        assert max(abs(apart[day] - 1) for day in clean) < 0.004


def test_defects_of_a_series_stand_apart(made: Market) -> None:
    place = {day: number for number, day in enumerate(made.days)}
    near = [one for one in made.planted if one.check in script.LOCAL or one.check == "redenominated"]
    for one, another in combinations(near, 2):
        if one.series == another.series and one.check != another.check:
            between = max(place[one.first], place[another.first]) - min(place[one.last], place[another.last])
            assert between > script.CLEAR


def test_a_series_has_one_defect_of_the_whole_at_most(made: Market) -> None:
    whole = {(one.check, one.series) for one in made.planted if one.check in script.WHOLE and one.series}
    assert len({series for _, series in whole}) == len(whole)


def test_both_sources_move_alike_on_the_days_of_a_jump_or_a_spike() -> None:
    found = [
        (series, day)
        for seed in range(4)
        for made in [market(seed)]
        for series in SERIES
        for day, change in changes(made, series)
        if 0.075 < abs(change) < 0.25
    ]
    assert len(found) > 4 * 4


def test_holidays_are_two_weekdays_in_a_row_at_most(made: Market) -> None:
    weekdays = [day for day in span() if day.weekday() < 5]
    open_days = [place for place, day in enumerate(weekdays) if day in {*made.days}]
    assert len(weekdays) - len(open_days) > 10
    assert max(after - before for before, after in pairwise(open_days)) <= 3


def changes(made: Market, series: str) -> Iterator[tuple[date, float]]:
    """The log changes of a series from day to day, where those of both sources are the same."""
    pairs = [(day, pair) for day in made.days if (pair := made.pair(series, day))]
    for (_, before), (day, after) in pairwise(pairs):
        first, second = (math.log(new / old) for old, new in zip(before, after, strict=True))
        if abs(first - second) < 0.005:
            yield day, first


def span() -> list[date]:
    return [script.FIRST + timedelta(days) for days in range((script.LAST - script.FIRST).days + 1)]
