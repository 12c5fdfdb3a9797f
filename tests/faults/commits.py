"""Commits of this process by what they hold, and a signal that strikes at one of them.

A commit is known by the statements of its transaction, so that a point such as ``answer accepted`` is found whatever
is written before it.
"""

import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from signal import SIGKILL, Signals
from typing import Any, Literal
from unittest.mock import patch

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

Side = Literal["before", "after"]
"""``before``: nothing of the commit is on disk. ``after``: it is, and nobody was told yet."""

STOPPING = 0.2
"""Seconds in which a process that is told to stop has stopped."""

WRITTEN = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Point:
    """The so-manieth commit of a name in a process."""

    name: str
    ordinal: int
    """Counts from 1."""


@dataclass(frozen=True, slots=True)
class Strike:
    """Where a process is hit, and by what."""

    point: Point
    side: Side
    by: Signals = SIGKILL


@dataclass(slots=True)
class Transaction(threading.local):
    """What the transaction of a thread has written so far: table and verb, with its values."""

    written: list[tuple[str, str, str]] = field(default_factory=list)


class Watch:
    """Names every commit of this process from now on, in their order, and strikes at one of them."""

    def __init__(self, strike: Strike | None = None) -> None:
        self.points: list[Point] = []
        self._strike = strike
        self._counts: Counter[str] = Counter()
        self._transaction = Transaction()
        self._commit: Callable[[DefaultDialect, Any], None] = DefaultDialect.do_commit

    def install(self) -> None:
        """Begin. There is no way back: the process is made to be thrown away."""
        event.listen(Engine, "begin", self._begins)
        event.listen(Engine, "before_cursor_execute", self._executes)
        watch = self

        def do_commit(dialect: DefaultDialect, connection: Any) -> None:
            watch._commits(dialect, connection)

        patch.object(DefaultDialect, "do_commit", do_commit).start()  # which every commit goes through

    def _begins(self, _connection: object) -> None:
        self._transaction.written = []

    def _executes(
        self, _connection: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        if found := WRITTEN.match(statement):
            verb, table = found.groups()
            self._transaction.written.append((verb.upper().split()[0], table, repr(parameters)))

    def _commits(self, dialect: DefaultDialect, connection: Any) -> None:
        name = name_of(self._transaction.written)
        self._counts[name] += 1
        reached = Point(name, self._counts[name])
        self._hit(reached, "before")
        self._commit(dialect, connection)
        self.points.append(reached)
        self._hit(reached, "after")

    def _hit(self, reached: Point, side: Side) -> None:
        if self._strike and (self._strike.point, self._strike.side) == (reached, side):
            os.kill(os.getpid(), self._strike.by)
            time.sleep(STOPPING)  # a signal takes a moment, in which the thread would begin its next transaction


@dataclass(frozen=True, slots=True)
class Rule:
    """How a commit is known."""

    name: str
    verb: str
    table: str
    mark: str = ""
    """What is among the values that are written."""


RULES = (
    Rule("effect in the outbox", "INSERT", "outbox"),
    Rule("question in the inbox", "INSERT", "reviews"),
    Rule("answer accepted", "UPDATE", "reviews", "'answered'"),
    Rule("effect delivered", "UPDATE", "outbox", "'delivered'"),
    # what settles an effect otherwise names the states that it may be in
    Rule("effect settled", "UPDATE", "outbox", "'unknown'"),
    Rule("effect marked", "UPDATE", "outbox", "'sending'"),
    Rule("run started", "INSERT", "runs"),
    Rule("tables brought up to date", "INSERT", "executions"),
    Rule("interrupt", "INSERT", "saved_writes", "__interrupt__"),
    Rule("answer handed on", "INSERT", "saved_writes", "__resume__"),
    Rule("turn", "INSERT", "saved_writes"),
    Rule("checkpoint", "INSERT", "saved_checkpoints"),
    Rule("signature kept", "INSERT", "signatures"),
    Rule("run held or let go", "UPDATE", "runs"),
)
"""What a commit stands for in the life of a run. One that several rules know goes by the first."""


def name_of(written: Sequence[tuple[str, str, str]]) -> str:
    """What a transaction is called, given the verb, table and values of each of its writes."""

    def known_by(rule: Rule) -> bool:
        return any((rule.verb, rule.table) == (verb, table) and rule.mark in values for verb, table, values in written)

    return next((rule.name for rule in RULES if known_by(rule)), "other")
