"""The replay of a run: its checkpoints, oldest first, each with what changed since the one before.

Checkpoints are read as they lie in the database, and no graph is made for it. So a run can be replayed whose workflow
has another signature by now, or cannot be imported any more. A run that began anew, since it was migrated or the clock
was set back, left the checkpoints of before behind; its replay begins with what it carried over.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from langgraph.checkpoint.serde.base import SerializerProtocol
from pydantic import TypeAdapter

from runtime.clock import moment_of
from runtime.held import thread_of
from state.audit import Deed
from state.execution import Execution
from state.journal import deeds_of
from state.note import Note
from state.progress import Answered, Entry, Progress, Rung
from state.record import Record
from state.sql.history import Saved, saved_in
from state.sql.runs import find_run
from state.sql.store import Store

_BRANCH = "branch:to:"
"""How LangGraph names the channels that have a value where a node is next."""

_PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Moment:
    """One checkpoint of a run."""

    number: int
    """Counts from 1."""
    at: datetime
    """When it was saved, by the clock of whoever drove the run."""
    checkpoint_id: str
    changes: tuple[Deed, ...]
    """What the run did since the checkpoint before, in order; what was carried over is no change."""
    executions: tuple[Execution, ...]
    """Who was called since then."""
    next: tuple[str, ...]
    """The nodes of the graph that came next: specialists, ``hub``, ``settle`` or ``ask``; at the input ``start``."""
    decisions: Mapping[str, Mapping[str, Any]]
    """The newest value of each decision."""
    carried: bool = False
    """Whether the run began anew here, with what it had come to before."""


async def replay(store: Store, serde: SerializerProtocol, run: str) -> tuple[Moment, ...]:
    """The checkpoints of a run, which ``serde`` reads; none where they were pruned.

    Raises ``UnknownRun`` or ``DatabaseLost``.
    """
    row = await store.read(find_run, run)
    thread = thread_of(row.id, row.pins)
    saved = await store.read(saved_in, thread)
    is_anew = row.seed is not None and thread != row.id
    return await asyncio.to_thread(lambda: tuple(_moments(serde, saved, is_anew)))


def _moments(serde: SerializerProtocol, saved: Iterable[Saved], is_anew: bool) -> Iterator[Moment]:
    """The moments of checkpoints, oldest first; ``is_anew`` where the first progress was carried over.

    One at a time is decoded and let go of, since each holds the whole state.
    """
    read = Grown({}, Progress())
    for number, each in enumerate(saved, 1):
        channels = serde.loads_typed((each.encoding, each.body))["channel_values"]
        was, read = read, read.grown(channels.get(_PROGRESS) or {})
        carried = is_anew and not was.raw and bool(read.raw)
        before, now, at = (read if carried else was).progress, read.progress, moment_of(each.checkpoint)
        yield Moment(
            number=number,
            at=at,
            checkpoint_id=each.checkpoint,
            changes=tuple(deeds_of(now, len(before.journal), at)),
            executions=now.executions[len(before.executions) :],
            next=tuple(_next(channels)),
            decisions={name: value for name in now.records if (value := now.latest_value(name)) is not None},
            carried=carried,
        )


def _next(channels: Mapping[str, Any]) -> Iterator[str]:
    if "__start__" in channels:
        yield "start"
    yield from (name.removeprefix(_BRANCH) for name in channels if name.startswith(_BRANCH))


_RECORDS = TypeAdapter(tuple[Record, ...])
_NOTES = TypeAdapter(tuple[Note, ...])
_LISTS: Mapping[str, TypeAdapter[Any]] = {
    "rungs": TypeAdapter(tuple[Rung, ...]),
    "answers": TypeAdapter(tuple[Answered, ...]),
    "executions": TypeAdapter(tuple[Execution, ...]),
    "journal": TypeAdapter(tuple[Entry, ...]),
}


@dataclass(frozen=True, slots=True)
class Grown:
    """The progress of one checkpoint, from which that of the next is read.

    Progress grows at its ends: of all that is in a checkpoint, only what is new to it is worth parsing.
    """

    raw: Mapping[str, Any]
    progress: Progress

    def grown(self, raw: Mapping[str, Any]) -> "Grown":
        """The progress of the next checkpoint."""
        if raw == self.raw:
            return self
        was, before = self.raw, self.progress
        lists = {
            name: _longer(kind, getattr(before, name), was.get(name, ()), raw.get(name, ()))
            for name, kind in _LISTS.items()
        }
        by_name = {
            field: {
                name: _longer(kind, getattr(before, field).get(name, ()), was.get(field, {}).get(name, ()), each)
                for name, each in raw.get(field, {}).items()
            }
            for field, kind in (("records", _RECORDS), ("notes", _NOTES))
        }
        plain = {
            "attempts": raw.get("attempts", {}),
            "approvals": raw.get("approvals", {}),
            "closed": raw.get("closed"),
        }
        return Grown(raw, before.model_copy(update={**lists, **by_name, **plain}))


def _longer(kind: TypeAdapter[Any], parsed: tuple[Any, ...], was: Sequence[Any], raw: Sequence[Any]) -> tuple[Any, ...]:
    """A list of which a beginning is parsed already; only the last item of that can be another one now."""
    same = len(parsed)
    if list(raw[same - 1 : same]) != list(was[-1:]):
        same = max(0, same - 1)
    return (*parsed[:same], *kind.validate_python(raw[same:]))
