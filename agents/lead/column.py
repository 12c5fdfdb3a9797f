"""The column: one column of a lead, with its type, its bounds, and how a rationale says its value."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Role = Literal["client", "context", "carried"]
"""``client``: what the lead told us, for the analyst. ``context``: public context, for the researcher.
``carried``: not scored, only shown and routed on."""


class _AnyColumn(BaseModel):
    """What columns of every type have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    heading: str = Field(min_length=1)
    """The column's heading in a file of leads; the name of the column where the profile gives none."""
    missing: tuple[str | float, ...] = ()
    """Values that mean "missing" in this column, besides the profile's words: 999, for instance."""
    required: bool = False
    """A lead without a value here is refused."""
    says: str = ""
    """How a rationale says a value, such as ``contacted by {}``; the heading and the value where it is empty."""
    says_missing: str = ""
    """How a rationale says that the value is missing."""
    about: str = Field(default="", exclude=True)
    """What it is, for a person who fills it in. No part of what a run is pinned to."""

    @model_validator(mode="after")
    def _says_the_value(self) -> "_AnyColumn":
        if self.says and "{}" not in self.says:
            raise ValueError(f"says={self.says!r} must hold {{}} where the value goes")
        return self

    def field(self) -> Any:
        """The pydantic field of the column, read by the column's heading."""
        return Field(alias=self.heading, description=self.documentation() or None)

    def documentation(self) -> str:
        """What it is, for a person; empty where the profile does not say."""
        return self.about

    def said(self, value: str | float | None) -> str:
        """The value in words, for a rationale."""
        if value is None:
            return self.says_missing or f"{self.heading} not known"
        return (self.says or f"{self.heading} {{}}").replace("{}", shown(value))

    def _contract(self, kind: Any, words: frozenset[str], **bounds: Any) -> Any:
        kind = kind if self.required else kind | None
        texts = words.union({""}, (sentinel for sentinel in self.missing if isinstance(sentinel, str)))
        numbers = frozenset(float(sentinel) for sentinel in self.missing if not isinstance(sentinel, str))
        return Annotated[kind, Field(**bounds), BeforeValidator(_reader(texts, numbers, self.required))]


class NumberColumn(_AnyColumn):
    """A number, or a whole number."""

    type: Literal["number", "integer"]
    minimum: float | None = None
    """The least allowed value, in ``unit``."""
    maximum: float | None = None
    """The greatest allowed value, in ``unit``."""
    unit: str = ""

    def documentation(self) -> str:
        """What it is, with its unit."""
        return f"{self.about} ({self.unit})" if self.about and self.unit else self.about or self.unit

    def contract(self, words: frozenset[str]) -> Any:
        """The annotation of the column's field; ``words`` stand for "missing"."""
        if self.type == "integer":
            return self._contract(int, words, ge=self.minimum, le=self.maximum)
        return self._contract(float, words, ge=self.minimum, le=self.maximum, allow_inf_nan=False)


class CategoryColumn(_AnyColumn):
    """One of a few words."""

    type: Literal["category"]
    values: tuple[str, ...] = ()
    """The allowed values; any when there are none."""

    def contract(self, words: frozenset[str]) -> Any:
        """The annotation of the column's field; ``words`` stand for "missing"."""
        return self._contract(Literal[self.values], words) if self.values else self._contract(str, words)


class TextColumn(_AnyColumn):
    """Free text, such as a company's name; carried, never scored."""

    type: Literal["text"]
    role: Literal["carried"]
    longest: int = Field(default=1000, gt=0)
    """The greatest allowed length, in characters."""

    def contract(self, words: frozenset[str]) -> Any:
        """The annotation of the column's field; ``words`` stand for "missing"."""
        return self._contract(str, words, max_length=self.longest)


Column = Annotated[NumberColumn | CategoryColumn | TextColumn, Field(discriminator="type")]


def documented(columns: Mapping[str, Column]) -> str:
    """The columns for a chat model: a line for each, its name and what it is."""
    return "\n".join(f"- {name}: {column.documentation() or column.heading}" for name, column in columns.items())


def shown(value: str | float) -> str:
    """The value as a person writes it: 5191.0 is 5191."""
    return value if isinstance(value, str) else str(value).removesuffix(".0")


def _reader(words: frozenset[str], numbers: frozenset[float], required: bool) -> Callable[[object], object]:
    def read(value: object) -> object:
        if isinstance(value, str):
            value = value.strip()
        missing = value is None or (isinstance(value, str) and value in words)
        if not missing and not (numbers and _number(value) in numbers):
            return value
        if required:
            raise PydanticCustomError("missing_value", "A value is needed here")
        return None

    return read


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, (str, int, float)) else None
    except ValueError:
        return None
