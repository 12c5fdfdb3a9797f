from pathlib import Path

import pytest

from agents.chat.price import Price, Prices, read_prices
from agents.chat.reply import Usage
from state.errors import UsageError

USAGE = Usage(tokens_in=1_000_000, tokens_out=100_000, tokens_cached=400_000)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "prices.toml"


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        # what comes from the cache costs as much as the rest
        (Price(input=2, output=10), 2 + 1),
        # or less
        (Price(input=2, output=10, cached=0.5), 0.6 * 2 + 0.4 * 0.5 + 1),
        # or nothing
        (Price(input=2, output=10, cached=0), 0.6 * 2 + 1),
        # a server of one's own
        (Price(input=0, output=0), 0),
    ],
)
def test_tokens_are_paid_by_their_kind(price: Price, cost: float) -> None:
    assert price.of(USAGE) == pytest.approx(cost)


def test_more_cached_than_read_is_no_gain() -> None:
    assert Price(input=2, output=10).of(Usage(tokens_in=1, tokens_cached=1_000_000)) == pytest.approx(2)


def test_a_well_known_model_has_a_price_and_its_cache_is_cheaper() -> None:
    whole, cached = (Prices().cost("gpt-4o-mini", Usage(1_000_000, 0, cached)) for cached in (0, 1_000_000))
    assert whole is not None
    assert cached is not None
    assert 0 < cached < whole < 10


def test_ones_own_price_comes_first() -> None:
    prices = Prices({"gpt-4o-mini": Price(input=1000, output=0)})
    assert prices.cost("gpt-4o-mini", Usage(1_000_000)) == pytest.approx(1000)


@pytest.mark.parametrize("model", ["no-such-model-anywhere", "", "\0"])
def test_nobody_knows_the_price_of_a_model_that_nobody_knows(model: str) -> None:
    assert Prices().cost(model, USAGE) is None


def test_a_table_is_read_and_what_it_leaves_out_is_looked_up(table: Path) -> None:
    table.write_text('["my-model"]\ninput = 1.5\noutput = 6\n\n["other/7b"]\ninput = 0\noutput = 0\ncached = 0\n')
    prices = read_prices(table)
    assert prices.own == {"my-model": Price(input=1.5, output=6), "other/7b": Price(input=0, output=0, cached=0)}
    assert prices.cost("gpt-4o-mini", Usage(1, 1)) is not None


def test_an_empty_table_has_no_prices(table: Path) -> None:
    table.write_text("")
    assert read_prices(table) == Prices()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # no TOML
        ('["my-model"\ninput = 1', "is not TOML: "),
        # not text
        ("\ud800", "is not TOML: "),
        # half a price
        ('["m"]\ninput = 1', ": m.output: Field required. A model takes input, output and cached, per million."),
        # a gift
        ('["m"]\ninput = -1\noutput = 1', ": m.input: Input should be greater than or equal to 0."),
        # no number
        ('["m"]\ninput = "cheap"\noutput = 1', ": m.input: Input should be a valid number"),
        ('["m"]\ninput = nan\noutput = 1', ": m.input: Input should be "),
        ('["m"]\ninput = inf\noutput = 1', ": m.input: Input should be a finite number"),
        # a word that it does not know
        ('["m"]\ninput = 1\noutput = 1\nimages = 1', ": m.images: Extra inputs are not permitted."),
        # a price in place of a model
        ("input = 1", ": input: Input should be a valid dictionary or instance of Price."),
    ],
)
def test_a_broken_table_is_refused_in_one_clear_line(table: Path, text: str, words: str) -> None:
    table.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(UsageError) as refused:
        read_prices(table)
    assert str(refused.value).startswith(f"The price table {str(table)!r}")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match=r"cannot be read \((No such file or directory|Is a directory)\)"):
            read_prices(path)
