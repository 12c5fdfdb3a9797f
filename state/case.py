"""The case: one piece of work that a run decides."""

from pydantic import BaseModel, ConfigDict, Field


class Case(BaseModel):
    """One piece of work, such as a lead or a report request; subclass it with the case's fields.

    The string under a field is what a person reads beside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)

    id: str = Field(min_length=1, max_length=200, coerce_numbers_to_str=True)
    """Identifies the case within its workflow, 1 to 200 characters; a number is taken as its digits."""


def headings(case: type[Case]) -> dict[str, str]:
    """What each field of a case is called in a file, and in what its contract says; by the field's name."""
    return {name: str(field.validation_alias or field.alias or name) for name, field in case.model_fields.items()}
