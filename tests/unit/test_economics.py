"""Economics: what is put together from a ledger and a price table, by hand; and what a price table may say."""

from datetime import timedelta
from pathlib import Path

import pytest

from lab.economics import Economics, economics
from lab.licences.licence import MONTH
from lab.licences.price_table import PriceTable, read_price_table
from state.errors import UsageError
from state.human_time import HumanTime
from state.ledger import Ledger, Work
from tests.unit.test_ledger import NOON

FIGURES = """
currency = "EUR"
servers = {router = 2}
[human]
hour = 60.0
minutes_per_answer = 2.0
[execution]
each = 0.01
of = {router = 0.05}
[token]
input = 10.0
cached = 1.0
output = 20.0
[second]
each = 0.001
[seat]
month = 100.0
[capacity]
month = 90.0
slot = 10.0
"""


@pytest.fixture
def prices(tmp_path: Path) -> PriceTable:
    return written(tmp_path, FIGURES)


def written(folder: Path, text: str) -> PriceTable:
    (folder / "prices.toml").write_text(text)
    return read_price_table(folder / "prices.toml")


def work(specialist: str, busy: float, executions: int = 100, peak: int = 1, tokens: int = 0) -> Work:
    return Work(
        specialist, {"decided": executions}, executions, busy, 5.0, peak, (busy,), tokens_in=tokens, tokens_cached=0
    )


def ledger(*done: Work, human: HumanTime | None = None, seconds: float = 100.0) -> Ledger:
    worked = sum(each.busy for each in done)
    return Ledger(100, NOON, NOON + timedelta(seconds=seconds), worked, done, human or HumanTime())


@pytest.fixture
def found(prices: PriceTable) -> Economics:
    """A hundred cases in a hundred seconds."""
    human = HumanTime(answers=10, claimed=4, seconds=360.0, open=2)
    return economics(ledger(work("analyst", 20, tokens=1_000_000), work("router", 50), human=human), prices)


def test_idle_is_what_the_servers_did_not_use(found: Economics) -> None:
    analyst, router = found.posts
    assert (analyst.station.servers, analyst.idle, analyst.utilisation) == (1, 80, 0.2)
    # two are declared
    assert (router.station.servers, router.idle, router.utilisation) == (2, 150, 0.25)
    assert router.over_time == (0.25,)


def test_the_utilisation_law_holds_of_what_was_measured(found: Economics) -> None:
    for post in found.posts:
        assert post.station.utilisation(found.throughput) == pytest.approx(post.utilisation)


def test_the_bottleneck_of_the_specialists_is_told_from_that_of_all(found: Economics) -> None:
    slowest = found.specialists_bottleneck
    assert slowest is not None
    # 0.5 s a case on two servers against 0.2 s on one
    assert (slowest.name, found.specialists_bound) == ("router", 4.0)
    assert found.bottleneck is found.people
    # 6 minutes that were seen, 6 answers and 2 open questions at 2 minutes each
    assert found.human_seconds == pytest.approx(360 + 8 * 120)
    assert found.bound == pytest.approx(100 / 1320)
    assert found.saturation == pytest.approx(4.0 * 0.7)
    assert found.one_more is not None
    assert (found.one_more.bound, found.one_more.next) == (5.0, "analyst")


def test_each_licence_charges_for_its_own(found: Economics) -> None:
    charges = {offer.licence.name: offer.charge for offer in found.offers}
    assert found.volume == 100
    assert charges == {
        "execution": pytest.approx(100 * 0.01 + 100 * 0.05),
        "token": pytest.approx(10.0),
        "second": pytest.approx(70 * 0.001),
        "seat": 200.0,
        "capacity": 90.0,
    }
    assert [offer.human for offer in found.offers] == pytest.approx([1320 / 3600 * 60] * 5)
    assert found.offers[0].total == pytest.approx(6 + 22)


def test_who_pays_for_the_idle_ones(found: Economics) -> None:
    first, second = found.idle_seats
    assert (first.specialist, first.seats, second.specialist) == ("analyst", 1, "router")
    assert first.share == pytest.approx(1 - 20 / MONTH)
    idle = {offer.licence.name: offer.idle for offer in found.offers}
    assert idle["seat"] == pytest.approx(first.charge + second.charge)
    assert idle["capacity"] == pytest.approx(90 * (1 - 70 / MONTH))
    assert (idle["execution"], idle["token"], idle["second"]) == (0, 0, 0)


def test_more_cases_need_more_seats_and_leave_them_less_idle(prices: PriceTable) -> None:
    done = ledger(work("router", 100_000))
    few, many = economics(done, prices, 100), economics(done, prices, 100_000)
    assert (few.idle_seats[0].seats, many.idle_seats[0].seats) == (1, 48)
    assert few.idle_seats[0].share > many.idle_seats[0].share >= 0.2


def test_a_volume_is_what_was_done_or_what_was_done_in_a_month_on_average(prices: PriceTable) -> None:
    assert economics(ledger(work("router", 1)), prices).volume == 100
    assert economics(ledger(work("router", 1), seconds=MONTH * 4), prices).volume == 25
    assert economics(ledger(work("router", 1)), prices, 7).volume == 7


def test_a_licence_that_charges_for_nothing_that_was_used_has_no_break_even(prices: PriceTable) -> None:
    found = economics(ledger(work("router", 50)), prices)
    assert {name for each in found.break_evens for name in (each.one, each.other)} == {
        "execution", "second", "seat", "capacity",
    }  # fmt: skip


def test_a_specialist_that_has_prices_and_did_nothing_is_named(found: Economics, tmp_path: Path) -> None:
    assert found.strangers == ()
    other = written(tmp_path, "[seat.of]\nrooter = 3.0\n")
    assert economics(found.ledger, other).strangers == ("rooter",)


def test_work_that_took_no_time_at_all_has_no_bottleneck(prices: PriceTable) -> None:
    found = economics(ledger(work("router", 0), seconds=0), prices)
    assert (found.throughput, found.bottleneck, found.one_more) == (0, None, None)
    assert found.posts[0].utilisation == 0
    assert found.posts[0].over_time == (0.0,)


def test_a_ledger_without_cases_has_no_economics(prices: PriceTable) -> None:
    with pytest.raises(ValueError, match="without cases"):
        economics(Ledger(0, NOON, NOON, 0.0, ()), prices)


def test_cached_tokens_cost_as_fresh_ones_where_nothing_is_said() -> None:
    assert PriceTable.model_validate({"token": {"input": 4}}).token.charge(1_000_000, 500_000, 0) == 4.0


def test_a_table_comes_back_from_its_own_file(tmp_path: Path, prices: PriceTable) -> None:
    assert written(tmp_path, prices.as_toml()) == prices
    shipped = read_price_table()
    assert written(tmp_path, shipped.as_toml()) == shipped


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[seat]\nmonht = 3", "seat.monht: unknown key; did you mean 'month'?"),
        ("seats = 3", "seats: unknown key; did you mean 'seat'?"),
        ("[seat]\nx = 3", "seat.x: unknown key; use one of month, of, busiest"),
        ("[seat]\nmonth = -1", "seat.month: Input should be greater than or equal to 0"),
        ("[seat]\nbusiest = 0", "seat.busiest: Input should be greater than 0"),
        ("[human]\nhour = 'dear'", "human.hour: Input should be a valid number"),
        ("[servers]\nrouter = 0", "servers.router: Input should be greater than or equal to 1"),
        ("[seat]\nmonth = inf", "seat.month"),
        ("[seat", "is not TOML"),
    ],
)
def test_a_wrong_table_says_where_and_what(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        written(tmp_path, text)
    assert told in str(refused.value)
    assert "prices.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--print-prices"):
        read_price_table(tmp_path / "none.toml")
