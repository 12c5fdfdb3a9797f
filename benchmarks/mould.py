"""The mould: what one real run has left in the tables, cut at the ids and moments in it, to cast other runs from.

Every text, document and checkpoint is cut once; a cast is those pieces put together with other ids and other moments.
The new ids of a case and a run are as long as the old ones, and moments keep their length, so that the bytes of a
checkpoint stay well-formed. The audit trail is chained anew over the cast's own words.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Dialect, Row, Table

from state.audit import Deed, Head, chained
from state.sql.asking import review_id
from state.sql.audit import audit_rows
from state.sql.columns import sixteen_digits
from state.sql.inserts import Insert, Rows
from state.sql.tables import (
    audit,
    conflicts,
    executions,
    notes,
    outbox,
    records,
    reviews,
    runs,
    saved_checkpoints,
    saved_writes,
)

PARTS: Mapping[Table, str] = {
    **{table: "run" for table in (records, notes, executions, conflicts, reviews, outbox, audit)},
    saved_checkpoints: "thread",
    saved_writes: "thread",
}
"""The tables that a run has rows in, with the column that says whose they are."""

_INSERTS = {table: Insert(table, "keep") for table in (runs, *PARTS) if table is not audit}
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
"""A moment in a text, up to its seconds; what follows, fraction and zone, stays as it is."""


@dataclass(frozen=True, slots=True)
class Cast:
    """What is a run's own, of one that is cast from a mould."""

    run: str
    """As long as the mould's."""
    case: str
    """As long as the mould's."""
    batch: str
    position: int
    created_at: datetime


class Mould:
    """One real run, to cast others from."""

    def __init__(self, run: Row[Any], parts: Iterable[tuple[Table, Row[Any]]]) -> None:
        self.status: str = run.status
        self._run: str = run.id
        self._case: str = run.case_id
        self._created_at: datetime = run.created_at
        rows = [(runs, run), *parts]
        self._questions: dict[str, str] = {row.id: row.question for table, row in rows if table is reviews}
        self._effects: list[str] = [row.id for table, row in rows if table is outbox]
        ids = sorted((self._run, self._case, *self._questions, *self._effects), key=len, reverse=True)
        pattern = re.compile(f"({'|'.join(map(re.escape, ids))}|{_MOMENT})")
        self._rows = [
            (table, {name: _cut(value, pattern) for name, value in row._mapping.items()}) for table, row in rows
        ]
        self._moments = {each: datetime.fromisoformat(each) for each in self._found() if re.fullmatch(_MOMENT, each)}

    @property
    def open(self) -> int:
        """How many open questions each of its casts has."""
        return sum(table is reviews and row["status"] == "open" for table, row in self._rows)

    def cast(self, dialect: Dialect, as_: Cast) -> Rows:
        """The rows of a run like this one."""
        # whole seconds, so that a moment's fraction stays what it is
        shift = timedelta(seconds=round((as_.created_at - self._created_at).total_seconds()))
        names = self._names(as_, shift)
        filled = [
            (table, {name: _fill(value, names, shift) for name, value in row.items()}) for table, row in self._rows
        ]
        head, trail = chained(Head(), [_deed(row) for table, row in filled if table is audit])
        own = {"batch": as_.batch, "position": as_.position, "audit_rows": head.count, "audit_head": head.hash}
        rows = audit_rows(dialect, as_.run, trail)
        for table, row in filled:
            if table is not audit:
                values = row | own if table is runs else row
                rows.by_insert.setdefault(_INSERTS[table], []).append(_INSERTS[table].bind(dialect, values))
        return rows

    def _names(self, as_: Cast, shift: timedelta) -> dict[str, str]:
        """What stands in a cast for each id and moment of the mould."""
        assert (len(as_.run), len(as_.case)) == (len(self._run), len(self._case)), "bytes would move"
        names = {self._case: as_.case, self._run: as_.run}
        names |= {review: review_id(as_.run, question) for review, question in self._questions.items()}
        names |= {effect: sixteen_digits(f"{as_.run}\n{effect}") for effect in self._effects}
        return names | {text: (moment + shift).isoformat() for text, moment in self._moments.items()}

    def _found(self) -> set[str]:
        """Every id and moment that stands in the mould."""
        cuts = [value for _, row in self._rows for value in row.values() if isinstance(value, _Cut)]
        return {piece for cut in cuts for piece in cut.pieces[1::2]}


@dataclass(frozen=True, slots=True)
class _Cut:
    """A value, cut at the ids and moments in it."""

    kind: type
    pieces: tuple[str, ...]
    """What stays and what is replaced, in turn."""


def _cut(value: Any, pattern: re.Pattern[str]) -> Any:
    """The value as a cut; as it is where there is nothing to replace."""
    match value:
        case str():
            text = value
        case bytes():
            text = value.decode("latin-1")
        case dict() | list():
            text = json.dumps(value)
        case _:
            return value
    pieces = tuple(pattern.split(text))
    return _Cut(type(value), pieces) if len(pieces) > 1 else value


def _fill(value: Any, names: Mapping[str, str], shift: timedelta) -> Any:
    match value:
        case datetime():
            return value + shift
        case _Cut(kind=kind, pieces=pieces):
            text = "".join([names.get(piece, piece) for piece in pieces])
            return text if kind is str else text.encode("latin-1") if kind is bytes else json.loads(text)
        case _:
            return value


def _deed(row: Mapping[str, Any]) -> Deed:
    change = json.loads(row["payload"])
    what = {name: row[name] for name in ("at", "actor_kind", "actor", "action", "subject")}
    return Deed(**what, before=change["before"], after=change["after"])
