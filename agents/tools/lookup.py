"""The look-up: the rows of a user's table whose key column says what the model asks for."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import to_json

from agents.tools.table import Table
from agents.tools.tool import LONGEST, Finding, check_limits, shortened


class LookupArguments(BaseModel):
    """What a look-up is called with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
        Field(description="The whole value of the key to look up; case does not matter."),
    ]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds rows of one table by one key column."""

    name: str
    description: str
    table: Table
    key: str
    """The column that the asked value is compared with."""
    columns: tuple[str, ...] = ()
    """What is told of a row; none stands for all columns."""
    longest: int = LONGEST
    """Characters of a finding."""
    most: int = 5
    """Rows of a finding."""

    def __post_init__(self) -> None:
        check_limits(self.name, self.longest)
        if self.most < 1:
            raise ValueError(f"Tool {self.name!r}: most={self.most!r} must be 1 row or more.")

    @property
    def arguments(self) -> type[BaseModel]:
        """One value of the key."""
        return LookupArguments

    def check(self) -> None:
        """Raises ``UsageError`` where the table cannot be read or lacks a column; to be called before any case."""
        self.table.check(self.key, tuple(self.columns))

    async def call(self, arguments: BaseModel) -> Finding:
        """The rows as compact JSON, or a word that there are none."""
        value = LookupArguments.model_validate(arguments, from_attributes=True).value
        found = await self.table.rows(self.key, value, tuple(self.columns), self.most)
        if not found.rows:
            return Finding(f"no row with {self.key} {value!r}", found.source)
        text = to_json(list(found.rows), bytes_mode="base64", inf_nan_mode="strings", fallback=str).decode()
        more = "" if found.are_all else f" (the first {len(found.rows)} of several)"
        return Finding(shortened(text, self.longest), found.source + more)
