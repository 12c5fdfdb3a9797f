"""Labelled leads: leads of which it is known whether they converted."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from agents.lead.profile import LeadProfile
from agents.profile_file import problems_of
from state.case import Case
from state.errors import UsageError


@dataclass(frozen=True, slots=True)
class Labelled:
    """Leads of which it is known what became of them."""

    leads: tuple[Case, ...]
    converted: tuple[bool, ...]
    """Whether each lead converted, in the order of ``leads``."""
    left_out: tuple[str, ...] = ()
    """Why rows were left out, one text for each."""

    def __len__(self) -> int:
        return len(self.leads)

    def halves(self, seed: int) -> tuple["Labelled", "Labelled"]:
        """A random half and the other half; the same for the same seed."""
        places = list(range(len(self)))
        random.Random(seed).shuffle(places)  # noqa: S311 - a reproducible split, not a secret
        half = len(places) // 2
        return self.part(places[:half]), self.part(places[half:])

    def part(self, places: Iterable[int]) -> "Labelled":
        """The leads at these places."""
        chosen = list(places)
        return Labelled(tuple(self.leads[i] for i in chosen), tuple(self.converted[i] for i in chosen))


def labelled_leads(profile: LeadProfile, rows: Iterable[Mapping[str, object]]) -> Labelled:
    """The leads of the rows with their outcomes; rows that break the contract or have no outcome are left out.

    Raises ``UsageError`` where the rows have no label column.
    """
    contract, column, missing = profile.case_type(), profile.label.column, {"", *profile.missing}
    leads: list[Case] = []
    converted: list[bool] = []
    left_out: list[str] = []
    for place, row in enumerate(rows, start=1):
        if column not in row:
            raise UsageError(
                f"There is no label column {column!r} in row {place}; its columns are {', '.join(map(str, row))}. "
                f"Give labelled leads, or name the column in [label] of the profile {profile.name!r}."
            )
        outcome = str(row[column]).strip()
        if row[column] is None or outcome in missing:
            left_out.append(f"row {place}: {column}: no outcome")
            continue
        try:
            leads.append(contract.model_validate(_declared(profile, row, place)))
            converted.append(outcome == profile.label.positive)
        except ValidationError as invalid:
            left_out.append(f"row {place}: {problems_of(invalid)}")
    return Labelled(tuple(leads), tuple(converted), tuple(left_out))


def _declared(profile: LeadProfile, row: Mapping[str, object], place: int) -> dict[str, object]:
    """The row without the columns that the profile does not declare, with an id."""
    own = {column.heading: row[column.heading] for column in profile.columns.values() if column.heading in row}
    if profile.id is None:
        return own | {"id": str(place)}
    return own | ({profile.id: row[profile.id]} if profile.id in row else {})
