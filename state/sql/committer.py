"""Group commit: one thread writes for everybody.

A commit costs a write to the disk, whatever it holds. So nobody commits for themselves: work goes into a
queue, in order; one thread takes all that is there, does it in one transaction, and only then answers.
What arrives during a commit is the next group, so groups grow with the load and a lone item waits for nobody.
An event loop wakes the thread when its present turn is over, so what its tasks queue in one turn is one group.

Rows of neighbouring items are inserted together. Work in between sees all that was queued before it.

When an item of a group fails, the group is rolled back and its items are done one by one, so that only
the bad one fails; work may therefore run twice, and must do nothing but use its connection. When the
database itself is lost, everyone in the group is told, and the next group tries anew.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from state.errors import LeaseLost
from state.sql.fence import Lease, lost_among
from state.sql.inserts import Guarded, Rows, WithRows

T = TypeVar("T")
Work = Callable[[Connection], T]


class Reading(Generic[T]):
    """Work that only reads: it takes its turn in the queue, but no lock and no commit of its own."""

    __slots__ = ("_work",)

    def __init__(self, work: Work[T]) -> None:
        self._work = work

    def __call__(self, connection: Connection) -> T:
        """Do it."""
        return self._work(connection)


class Apart(Generic[T]):
    """Work on tables that no :class:`Rows` of the queue touch: it is done at the end of its group.

    So it does not come between rows that go in together. Rows that it returns, alone or ``WithRows``, are inserted
    with those of its likes.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Work[T]) -> None:
        self._work = work

    def __call__(self, connection: Connection) -> T:
        """Do it."""
        return self._work(connection)


class _Item:
    """A piece of work, who waits for it, and how it ended."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Work[Any], future: Any, loop: asyncio.AbstractEventLoop | None) -> None:
        self.work, self.future, self.loop = work, future, loop
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Tell the waiting one; one that no longer waits is left alone."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


TRIES = 5
"""How often work is tried that another transaction was in the way of."""


class _Lost(Exception):
    """The database was lost, at the beginning or the end of a transaction; the cause says how."""


class GroupCommit:
    """The writer of one database. ``commits`` and ``items`` count what it has done."""

    def __init__(self, engine: Engine) -> None:
        self.commits = 0
        self.items = 0
        self._reads = engine
        self._writes = engine.execution_options(sqlite_begin="IMMEDIATE")
        self._queue: deque[_Item] = deque()
        self._wakes: SimpleQueue[bool] = SimpleQueue()
        self._awake = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="roundhouse-committer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> Future[T]:
        """Queue work from any thread; the future is settled after its commit."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._enqueue(_Item(work, future, None))
        self._wake()
        return future

    async def run(self, work: Work[T]) -> T:
        """Queue work from an event loop, and wait for its commit."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._enqueue(_Item(work, future, loop))
        if not self._awake:
            loop.call_soon(self._wake)
        return await future

    def close(self) -> None:
        """Finish what is queued, and end the thread."""
        self._closed = True
        self._wakes.put(False)
        self._thread.join()
        late = list(self._queue)
        _fail(late, _closed())
        _answer(late)

    def flush(self) -> Future[None]:
        """A future that is settled when all that was queued before is committed."""
        return self.submit(Reading(_nothing))

    async def flushed(self) -> None:
        """Wait until all that was queued before is committed."""
        await self.run(Reading(_nothing))

    def _enqueue(self, item: _Item) -> None:
        if self._closed:
            raise _closed()
        self._queue.append(item)

    def _wake(self) -> None:
        if not self._awake:
            self._awake = True
            self._wakes.put(True)

    def _run(self) -> None:
        going_on = True
        while going_on:
            going_on = self._wakes.get()
            while self._queue:
                group = [self._queue.popleft() for _ in range(len(self._queue))]
                self._write(group)
                _answer(group)
            self._awake = False
            if self._queue:
                self._wake()

    def _write(self, group: list[_Item], tries: int = TRIES) -> None:
        """Commit the group, or else each of its items alone; leave the outcome in the items."""
        try:
            self._commit(group)
        except _Lost as lost:
            _fail(group, lost.__cause__ or lost)
        except BaseException as error:
            if len(group) == 1 and tries > 1 and is_passing(error):
                self._write(group, tries - 1)
            elif len(group) == 1 or _is_lost(error):
                _fail(group, error)
            else:
                for item in group:
                    self._write([item])

    def _commit(self, group: list[_Item]) -> None:
        reads_only = all(isinstance(item.work, Reading) for item in group)
        with self._begin(self._reads if reads_only else self._writes) as connection:
            _work(connection, group)
            if not reads_only:
                _end(connection)
                self.commits += 1
        self.items += len(group)

    @contextmanager
    def _begin(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except Exception as error:
            raise _Lost from error
        with connection:
            try:
                connection.begin()
            except Exception as error:
                raise _Lost from error
            yield connection


def _end(connection: Connection) -> None:
    try:
        connection.commit()
    except OperationalError as error:
        raise _Lost from error


def _nothing(_connection: Connection) -> None:
    """The work of one who only waits for what was queued before."""


def _closed() -> RuntimeError:
    return RuntimeError("The database was closed; nothing more can be written.")


def _work(connection: Connection, group: Sequence[_Item]) -> None:
    """Do the work in order: neighbouring rows together, then the reads among them; what is apart at the end."""
    rows, readings, apart = Rows({}), list[_Item](), list[_Item]()
    lost = _lost_leases(connection, group)
    for item in group:
        match item.work:
            case Rows():
                rows.add(item.work)
            case Guarded(lease=lease) if lease in lost:
                item.error = LeaseLost(lease.run)
            case Guarded():
                rows.add(item.work.rows)
            case Reading():
                readings.append(item)
            case Apart():
                apart.append(item)
            case _:
                _catch_up(connection, rows, readings)
                rows, readings = Rows({}), []
                item.result = item.work(connection)
    _catch_up(connection, rows, readings)
    _do_apart(connection, apart)


def _lost_leases(connection: Connection, group: Iterable[_Item]) -> frozenset[Lease]:
    """The leases of the group's guarded rows that are not held any more; the others are held until the commit."""
    named = {item.work.lease for item in group if isinstance(item.work, Guarded)}
    return lost_among(connection, named) if named else frozenset()


def _do_apart(connection: Connection, apart: Iterable[_Item]) -> None:
    rows = Rows({})
    for item in apart:
        item.result = item.work(connection)
        match item.result:
            case Rows():
                rows.add(item.result)
            case WithRows():
                rows.add(item.result.rows)
                item.result = item.result.result
    rows(connection)


def _catch_up(connection: Connection, rows: Rows, readings: Iterable[_Item]) -> None:
    rows(connection)
    for item in readings:
        item.result = item.work(connection)


def is_passing(error: BaseException) -> bool:
    """Whether two transactions were in each other's way: a deadlock, or a failure to serialise."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _fail(group: Iterable[_Item], error: BaseException) -> None:
    for item in group:
        item.error = error


def _answer(group: Iterable[_Item]) -> None:
    """Settle every item; an event loop is woken once for all that it waits for."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Item]] = {}
    for item in group:
        if item.loop is None:
            item.settle()
        else:
            by_loop.setdefault(item.loop, []).append(item)
    for loop, items in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed, and nobody waits any more
            loop.call_soon_threadsafe(_settle_all, items)


def _settle_all(items: Iterable[_Item]) -> None:
    for item in items:
        item.settle()
