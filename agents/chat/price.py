"""The price of a call: from the user's own table, or else from that of ``genai-prices``, which needs no network."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agents.chat.reply import Usage
from state.errors import UsageError, in_words


class Price(BaseModel):
    """What a million tokens of a model cost, in the currency of the table."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    """For tokens that come from the provider's cache; by default as ``input``."""

    def of(self, usage: Usage) -> float:
        """What a call costs."""
        cached = self.input if self.cached is None else self.cached
        fresh = max(0, usage.tokens_in - usage.tokens_cached)
        return (fresh * self.input + usage.tokens_cached * cached + usage.tokens_out * self.output) / 1_000_000


_TABLE: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


@dataclass(frozen=True, slots=True)
class Prices:
    """What calls cost. The user's own prices come first; those of ``genai-prices`` are in US dollars."""

    own: Mapping[str, Price] = field(default_factory=dict)
    """By the model's name."""

    def cost(self, model: str, usage: Usage) -> float | None:
        """What a call costs; None where nobody knows the model's price."""
        if model in self.own:
            return self.own[model].of(usage)
        try:
            priced = PricedUsage(
                input_tokens=usage.tokens_in, output_tokens=usage.tokens_out, cache_read_tokens=usage.tokens_cached
            )
            return float(calc_price(priced, model).total_price)
        except (LookupError, ValueError):
            return None


def read_prices(path: Path) -> Prices:
    """A table of own prices: TOML with a section for each model, such as ``["my-model"]``, and prices per million.

    Raises ``UsageError`` in one line.
    """
    try:
        return Prices(_TABLE.validate_python(tomllib.loads(path.read_text(encoding="utf-8"))))
    except OSError as error:
        raise UsageError(f"The price table {str(path)!r} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"The price table {str(path)!r} is not TOML: {error}.") from error
    except ValidationError as invalid:
        raise UsageError(
            f"The price table {str(path)!r}: {in_words(invalid)}. A model takes input, output and cached, per million."
        ) from invalid
