"""The lead: the case of the lead workflow. A profile makes the contract that says which columns it has."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, create_model, model_validator

from agents.lead.column import Column
from state.case import Case


class Lead(Case):
    """One lead. Its columns are fields of a subclass that the profile makes; a value that is missing is None."""

    model_config = ConfigDict(str_strip_whitespace=True)

    optional: ClassVar[tuple[tuple[str, str], ...]] = ()
    """The name and the heading of each column that may be missing. A file needs the column all the same."""

    @model_validator(mode="before")
    @classmethod
    def _missing_is_none(cls, raw: Any) -> Any:
        """Let a row without a value be a row whose value is missing."""
        if not isinstance(raw, Mapping):
            return raw
        return dict(raw) | {name: None for name, heading in cls.optional if heading not in raw and name not in raw}


def lead_type(columns: Mapping[str, Column], missing: frozenset[str], id_heading: str | None) -> type[Lead]:
    """The contract of the leads of one profile: a field for each column, read by its heading or its name.

    ``missing`` holds the words that stand for "no value"; ``id_heading`` is the heading of the id, if there is one.
    """
    fields: dict[str, Any] = {name: (column.contract(missing), column.field()) for name, column in columns.items()}
    if id_heading is not None and id_heading != "id":
        described = Field(alias=id_heading, min_length=1, max_length=200, description="Identifies the lead")
        fields["id"] = (str, described)
    made: type[Lead] = create_model("Lead", __base__=Lead, __doc__="A lead, as its profile declares.", **fields)
    made.optional = tuple((name, column.heading) for name, column in columns.items() if not column.required)
    return made


def value_of(lead: Case, column: str) -> str | float | None:
    """The value of a column; None where it is missing or the lead does not have it."""
    value: str | float | None = getattr(lead, column, None)
    return value
