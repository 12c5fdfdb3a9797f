"""The territory table: which team takes which lead. The first rule that matches takes the lead."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.lead.column import CategoryColumn, Column, NumberColumn
from agents.lead.lead import value_of
from agents.lead.stakes import LANES, Lane
from state.case import Case

Otherwise = Literal["next", "person"]
"""What happens to a matching lead in a lane that the team does not expect. ``next``: the next rule that matches and
expects the lane takes it. ``person``: no other team may take it, so a person decides."""


class Span(BaseModel):
    """A range of numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Span":
        if self.at_least is None and self.below is None:
            raise ValueError("a range needs at_least, below or both")
        return self

    def holds(self, value: float) -> bool:
        """Whether the value is in the range."""
        return (self.at_least is None or value >= self.at_least) and (self.below is None or value < self.below)


Condition = str | tuple[str, ...] | Span
"""A word, several words of which one is enough, or a range. A missing value fulfils no condition."""


class Rule(BaseModel):
    """One rule: leads that fulfil all conditions belong to the team."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    team: str = Field(min_length=1)
    when: Mapping[str, Condition] = {}
    """The conditions, by column; none matches every lead."""
    lanes: tuple[Lane, ...] = Field(default=LANES, min_length=1)
    """The lanes whose leads the team expects."""
    otherwise: Otherwise = "next"

    def matches(self, lead: Case) -> bool:
        """Whether the lead fulfils all conditions."""
        return all(_fulfils(value_of(lead, column), condition) for column, condition in self.when.items())

    def said(self) -> str:
        """The conditions in words."""
        return " and ".join(f"{column} is {_words(condition)}" for column, condition in self.when.items())

    def told(self) -> str:
        """The rule in words, for a chat model."""
        lanes = "" if self.lanes == LANES else f", who expect only the lane {' or '.join(self.lanes)}"
        person = "; a lead of another lane is left to a person" if lanes and self.otherwise == "person" else ""
        return f"{self.said() or 'every lead'}: {self.team}{lanes}{person}."


class Territory(BaseModel):
    """The whole table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    default: str = Field(min_length=1)
    """The team of a lead that no rule takes; it expects every lane."""
    rules: tuple[Rule, ...] = ()

    @cached_property
    def _last(self) -> Rule:
        return Rule(team=self.default)

    @property
    def teams(self) -> tuple[str, ...]:
        """Every team, in the order of the table, the default last."""
        return tuple(dict.fromkeys([*(rule.team for rule in self.rules), self.default]))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a rule looks at."""
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.when))

    def expected(self, lead: Case, team: str) -> tuple[Lane, ...]:
        """The lanes that a team expects of a lead: by the rule that gives the lead to it, else by all of its rules."""
        own = [rule for rule in (*self.rules, self._last) if rule.team == team]
        taking = [rule for rule in own if rule.matches(lead)] or own
        return tuple(lane for lane in LANES if any(lane in rule.lanes for rule in taking))

    def first(self, lead: Case) -> Rule:
        """The first rule that matches the lead, whatever its lane."""
        return next(self._matching(lead))

    def settled(self, lead: Case, lane: Lane) -> Rule | None:
        """The rule that takes a lead of this lane in the end; None where a person has to say."""
        for rule in self._matching(lead):
            if lane in rule.lanes:
                return rule
            if rule.otherwise == "person":
                return None
        return None

    def problems(self, columns: Mapping[str, Column]) -> Iterator[str]:
        """What is wrong with the conditions, given the columns that leads have."""
        for place, rule in enumerate(self.rules):
            for name, condition in rule.when.items():
                wrong = _problem(condition, columns.get(name), columns)
                if wrong:
                    yield f"territory.rules.{place}.when.{name}: {wrong}"

    def _matching(self, lead: Case) -> Iterator[Rule]:
        yield from (rule for rule in self.rules if rule.matches(lead))
        yield self._last


def _fulfils(value: str | float | None, condition: Condition) -> bool:
    match condition:
        case Span():
            return isinstance(value, (int, float)) and condition.holds(value)
        case str():
            return value == condition
        case _:
            return value in condition


def _words(condition: Condition) -> str:
    match condition:
        case str():
            return condition
        case Span():
            bounds = {"at least": condition.at_least, "below": condition.below}
            return " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)
        case _:
            return " or ".join(condition)


def _problem(condition: Condition, column: Column | None, columns: Mapping[str, Column]) -> str:
    if column is None:
        return f"there is no such column; use one of {', '.join(columns)}"
    if isinstance(column, NumberColumn) != isinstance(condition, Span):
        return "give a range such as { at_least = 60 }" if isinstance(column, NumberColumn) else "give a word"
    if isinstance(column, CategoryColumn) and column.values and not isinstance(condition, Span):
        named = (condition,) if isinstance(condition, str) else condition
        unknown = [word for word in named if word not in column.values]
        return f"{unknown[0]!r} is not one of {', '.join(column.values)}" if unknown else ""
    return ""
