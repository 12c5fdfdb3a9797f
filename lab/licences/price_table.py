"""The price table: what work, servers and people cost, as one TOML file that a user edits.

Its currency is only a name. A table of ``of`` gives single specialists prices of their own. The shipped table is an
example, with nobody's prices.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.lead.toml_text import toml_text
from state.errors import UsageError
from state.plain import unprefixed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SHIPPED = Path(__file__).parent / "prices" / "default.toml"
"""The table of a user who gives none."""

Amount = Annotated[float, Field(ge=0, le=1e12)]
"""Money, in the currency of the table."""

Share = Annotated[float, Field(gt=0, le=1)]

Count = Annotated[int, Field(ge=1, le=1_000_000)]


class _Prices(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class HumanPrices(_Prices):
    """What people cost who answer questions."""

    hour: Amount = 0.0
    """Of one person."""
    minutes_per_answer: float = Field(default=0.0, ge=0, le=10_000)
    """How long an answer takes of which nobody knows it, since its question was not claimed; and an open question."""
    people: Count = 1
    """How many answer."""


class UnitPrices(_Prices):
    """What one of something costs."""

    each: Amount = 0.0
    of: dict[str, Amount] = {}
    """By specialist, instead of ``each``."""

    def price(self, specialist: str) -> float:
        """Of one by a specialist."""
        return self.of.get(specialist, self.each)


class TokenPrices(_Prices):
    """What a million tokens cost."""

    input: Amount = 0.0
    cached: Amount | None = None
    """Of those in, from a provider's cache; by default as ``input``."""
    output: Amount = 0.0

    def charge(self, tokens_in: int, cached: int, out: int) -> float:
        """What so many tokens cost; the cached ones are among those in."""
        price = self.input if self.cached is None else self.cached
        return (max(0, tokens_in - cached) * self.input + cached * price + out * self.output) / 1_000_000


class SeatPrices(_Prices):
    """What a server of one specialist costs a month."""

    month: Amount = 0.0
    of: dict[str, Amount] = {}
    """By specialist, instead of ``month``."""
    busiest: Share = 0.8
    """How busy a seat may be on average before there must be another."""

    def price(self, specialist: str) -> float:
        """A month, of one seat of a specialist."""
        return self.of.get(specialist, self.month)


class CapacityPrices(_Prices):
    """What one licence for slots costs, which all specialists share."""

    month: Amount = 0.0
    """With the slots that are included."""
    slots: Count = 1
    """How many are included."""
    slot: Amount = 0.0
    """A month, of each further one."""
    busiest: Share = 0.8
    """How busy a slot may be on average before there must be another."""


class PriceTable(_Prices):
    """All prices."""

    currency: str = Field(default="", max_length=12)
    human: HumanPrices = HumanPrices()
    execution: UnitPrices = UnitPrices()
    """Of each execution: each retry, each call of a chat model and of a tool."""
    token: TokenPrices = TokenPrices()
    second: UnitPrices = UnitPrices()
    """Of each busy second."""
    seat: SeatPrices = SeatPrices()
    capacity: CapacityPrices = CapacityPrices()
    servers: dict[str, Count] = {}
    """At how many cases a specialist can be at the same time; where it is not said, as many as it was seen at."""

    @property
    def named(self) -> set[str]:
        """The specialists that it names."""
        return {*self.execution.of, *self.second.of, *self.seat.of, *self.servers}

    def as_toml(self) -> str:
        """The table as a file."""
        return toml_text(self.model_dump(mode="json", exclude_none=True))


def read_price_table(path: Path | None = None) -> PriceTable:
    """The table of a file, or the shipped one. Raises ``UsageError`` in one line: the file, the key, what to do."""
    file = path or SHIPPED
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"The price table {str(file)!r} cannot be read ({error.strerror}). "
            "'roundhouse economics --print-prices' prints one to begin with."
        ) from error
    return parse_price_table(content, str(file))


def parse_price_table(content: bytes, name: str) -> PriceTable:
    """The table that a file of that name holds. Raises ``UsageError`` as ``read_price_table`` does."""
    try:
        return PriceTable.model_validate(tomllib.loads(content.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"The price table {name!r} is not TOML: {error}. Mend it there.") from error
    except ValidationError as invalid:
        found = "; ".join(_problem(error) for error in invalid.errors())
        raise UsageError(f"The price table {name!r}: {found}. Mend it there.".replace("?.", "?")) from invalid


def _problem(error: "ErrorDetails") -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return f"{where}: {unprefixed(error['msg'])}"
    known = _keys(error["loc"][:-1])
    near = get_close_matches(str(error["loc"][-1]), known, 1)
    mend = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(known)}"
    return f"{where}: unknown key; {mend}"


def _keys(path: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at a path."""
    contract: Any = PriceTable
    for part in path:
        contract = contract.model_fields[str(part)].annotation
    fields: Mapping[str, object] = contract.model_fields
    return list(fields)
