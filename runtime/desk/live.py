"""The live desk: a desk on an open Roundhouse, which lives in the background."""

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from agents.chat.session import Thought
from agents.files import FileStore
from graphs.catalogue import Catalogue, shipped
from graphs.consequence import cost_of
from graphs.edit import Fields
from graphs.fork import made_again
from graphs.workflow import Workflow, changes_since
from runtime.answering import Answered, answer_all
from runtime.batch import Selection
from runtime.budget import SqlBudgets
from runtime.channels.opened import open_channels
from runtime.desk.background import Background
from runtime.desk.board import Board
from runtime.desk.checks import LiveChecks
from runtime.desk.desk import Inbox, WhatIf
from runtime.desk.jobs import Job, Jobs
from runtime.desk.matter import Matter, RunView, matter_of
from runtime.desk.preview import Preview, preview
from runtime.desk.rules import LiveRules
from runtime.desk.shelf import Shelf
from runtime.desk.uploads import Uploads
from runtime.forking import Fork
from runtime.logbook import SqlLogbook
from runtime.migrating import Migration
from runtime.models import Models
from runtime.replay import Moment
from runtime.settings import Settings
from runtime.workers import SqlWorkers
from state.artifact import Artifact
from state.audit import Trail
from state.batch import BatchRow
from state.errors import SignatureChanged, UnknownRun
from state.figures import Figures
from state.ledger import Ledger
from state.review import Action
from state.run import ReviewRow, RunFilter, RunRow
from state.sql.batch_list import list_batches
from state.sql.figures import read_figures
from state.sql.fork import forks_of
from state.sql.ledger import read_ledger
from state.sql.reviews import alike, count_open, find_review, list_open, open_queues
from state.sql.run_list import known_profiles, known_workflows
from state.sql.runs import count_runs, find_run, list_runs, run_row, signature_parts
from state.sql.story import read_story
from state.staffing import Staffing

T = TypeVar("T")

logger = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a page waits for a run to come to a standstill, once an answer is accepted or a run is started."""

AT_ONCE = 8
"""How many answers of many are given at the same time."""

PAGE = 500
"""How many runs are read at a time where all are wanted."""


class LiveDesk:
    """A desk on an open Roundhouse. See :class:`runtime.desk.desk.Desk`."""

    def __init__(
        self,
        *,
        background: Background,
        shelf: Shelf,
        jobs: Jobs,
        uploads: Uploads,
        board: Board,
        files: FileStore,
    ) -> None:
        self._background, self._shelf, self._jobs, self._uploads = background, shelf, jobs, uploads
        self._board, self._files = board, files
        self._store = background.store
        self.logbook = SqlLogbook(self._store)
        self.rules = LiveRules(background, shelf.workflow)
        self.checks = LiveChecks(background, self.workflow)
        self.budgets = SqlBudgets(self._store, self.workflow)
        self.workers = SqlWorkers(self._store)

    @classmethod
    def open(cls, settings: Settings, catalogue: Catalogue | None = None) -> Self:
        """A desk on the database, channels and models of the settings. Raises ``UsageError``, one line."""
        files, board = FileStore(settings.files), Board()
        known, models = catalogue or shipped(files), Models(settings, listener=board)
        background = Background(settings.database_url, known, open_channels(settings), settings.unknown, models, files)
        return cls(
            background=background,
            shelf=Shelf(known, settings.workflows, settings.profiles, models),
            jobs=Jobs(background, settings.concurrency),
            uploads=Uploads(),
            board=board,
            files=files,
        )

    def close(self) -> None:
        """Let go of the database, and remove what browsers sent."""
        self._background.close()
        self._uploads.close()

    def workflows(self) -> Sequence[str]:
        return tuple(dict.fromkeys([*self._shelf.names, *self._store.read_now(known_workflows)]))

    def profiles(self, workflow: str) -> Sequence[str]:
        offered = self._shelf.profiles(workflow)
        used = self._store.read_now(known_profiles, workflow) if offered else ()
        return tuple(dict.fromkeys([*offered, *used]))

    def workflow(self, name: str, profile: str | None = None) -> Workflow:
        return self._shelf.workflow(name, profile)

    def figures(self, workflow: str | None, since: datetime | None, zone: str) -> Figures:
        return self._store.read_now(read_figures, workflow, since, ZoneInfo(zone))

    def ledger(self, workflow: str | None, since: datetime | None) -> Ledger:
        return self._store.read_now(read_ledger, RunFilter(workflow=workflow, since=since, origin="originals"))

    def sample(self, workflow: str, profile: str | None) -> Path | None:
        return self._shelf.catalogue.source(workflow, profile) if profile else None

    def preview(self, workflow: str, profile: str | None, path: Path) -> Preview:
        return preview(path, self.workflow(workflow, profile).case)

    def staffing(self) -> Staffing:
        return self._shelf.models.staffing

    def start(
        self, workflow: str, profile: str | None, case: Mapping[str, Any], staffing: Staffing | None = None
    ) -> RunRow:
        run = uuid.uuid4().hex[:12]
        given: dict[str, Any] = {"run": run, "profile": profile, "staffing": staffing}
        work = self._background.begin(lambda each: each.start(workflow, case, **given))
        return self._settled(work, lambda: self._row(run))

    def run_file(
        self, workflow: str, profile: str | None, path: Path, selection: Selection, staffing: Staffing | None = None
    ) -> Job:
        return self._jobs.begin(workflow, profile, path, selection, staffing)

    def thoughts(self, run: str | None = None) -> Sequence[Thought]:
        return self._board.thoughts(run)

    def upload(self, name: str, content: bytes) -> Path:
        return self._uploads.keep(name, content)

    def jobs(self) -> Sequence[Job]:
        return self._jobs.list()

    def stop_job(self, job: str) -> None:
        self._jobs.stop(job)

    def batches(self, limit: int = 20) -> Sequence[BatchRow]:
        return self._store.read_now(list_batches, limit)

    def inbox(self, workflow: str | None = None, queue: str | None = None, limit: int = 1000) -> Inbox:
        return Inbox(
            reviews=self._store.read_now(list_open, limit, workflow, queue),
            total=self._store.read_now(count_open, workflow, queue),
            queues=self._store.read_now(open_queues),
        )

    def review(self, review: str) -> ReviewRow:
        return self._store.read_now(find_review, review)

    def matter(self, review: str) -> Matter:
        row = self._store.read_now(find_review, review)
        story = self._store.read_now(read_story, row.run)
        return matter_of(row, story, self._shelf.known(story))

    def alike(self, review: str) -> Sequence[ReviewRow]:
        return self._store.read_now(alike, review)

    def answer(self, review: str, action: Action, *, by: str, **given: Any) -> RunRow:
        work = self._background.begin(lambda each: each.answer(review, action, by=by, **given))
        return self._settled(work, lambda: self._accepted(review))

    def answer_all(self, reviews: Sequence[str], action: Action, *, by: str, **given: Any) -> Sequence[Answered]:
        answer = {"action": action, "by": by, **given}
        return self._background.do(lambda each: answer_all(each, reviews, AT_ONCE, **answer))

    def claim(self, review: str, *, by: str) -> ReviewRow:
        return self._background.do(lambda each: each.claim(review, by=by))

    def release(self, review: str, *, by: str) -> ReviewRow:
        return self._background.do(lambda each: each.release(review, by=by))

    def runs(self, chosen: RunFilter, limit: int, offset: int = 0) -> Sequence[RunRow]:
        return self._store.read_now(list_runs, chosen, limit, offset)

    def count_runs(self, chosen: RunFilter) -> int:
        return self._store.read_now(count_runs, chosen)

    def every_run(self, chosen: RunFilter) -> Iterator[RunRow]:
        for offset in count(0, PAGE):
            page = self.runs(chosen, PAGE, offset)
            yield from page
            if len(page) < PAGE:
                return

    def run(self, run: str) -> RunView:
        story = self._store.read_now(read_story, run)
        return RunView(
            story=story,
            known=self._shelf.known(story),
            origin=self._row(story.run.origin) if story.run.origin else None,
            forks=tuple(self._store.read_now(forks_of, story.run.id)),
        )

    def artifact(self, artifact: Artifact) -> bytes:
        return self._files.read(artifact)

    def holds(self, artifact: Artifact) -> bool:
        return self._files.holds(artifact)

    def replay(self, run: str) -> Sequence[Moment]:
        return self._background.do(lambda each: each.replay(run))

    def audit(self, run: str) -> Trail:
        return self._background.do(lambda each: each.audit(run))

    def what_if(self, run: str, changes: Mapping[str, Fields]) -> WhatIf:
        view = self.run(run)
        workflow = self._shelf.pinned(view.story)
        if view.known.migrates:
            parts = self._store.read_now(signature_parts, view.story.pins["signature"])
            raise SignatureChanged(view.story.run.id, view.story.run.workflow, changes_since(parts, workflow))
        makes = made_again(workflow, view.progress, changes, "somebody", datetime.now(UTC))
        return WhatIf(makes, cost_of(view.story.executions, makes))

    def fork(self, run: str, changes: Mapping[str, Fields], *, by: str) -> Fork:
        return self._background.do(lambda each: each.fork(run, changes, by=by))

    def retry(self, run: str, *, by: str) -> RunRow:
        return self._background.do(lambda each: each.retry(run, by=by))

    def migrate(self, run: str, *, by: str) -> Migration:
        return self._background.do(lambda each: each.migrate(run, by=by))

    def _settled(self, work: "Future[RunRow]", look: Callable[[], RunRow | None]) -> RunRow:
        """What came of the work; where that takes long, how things stand once the tables show that it was taken up."""
        while True:
            try:
                return work.result(PATIENCE)
            except TimeoutError:
                row = None if work.done() else look()
                if row is not None:
                    work.add_done_callback(_watch)
                    return row

    def _accepted(self, review: str) -> RunRow | None:
        row = self._store.read_now(find_review, review)
        return self._row(row.run) if row.status == "answered" else None

    def _row(self, run: str) -> RunRow | None:
        try:
            return run_row(self._store.read_now(find_run, run))
        except UnknownRun:
            return None


def _watch(work: "Future[RunRow]") -> None:
    """Write down why work failed that nobody waits for any more; the run's row says so too, or the sweep goes on."""
    if not work.cancelled() and (raised := work.exception()) is not None:
        logger.warning("What a page had begun did not end well: %s", raised)
