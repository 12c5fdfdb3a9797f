"""The desk: everything that a page shows and does. Pages know nothing else of Roundhouse.

A desk is synchronous, since a page's script is. :class:`runtime.desk.live.LiveDesk` sits on an open Roundhouse;
:class:`runtime.desk.fake.FakeDesk` needs neither database nor loop, for tests of pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from agents.chat.session import Thought
from graphs.consequence import Cost
from graphs.edit import Fields
from graphs.workflow import Workflow
from runtime.answering import Answered
from runtime.batch import Selection
from runtime.budget import Budgets
from runtime.desk.jobs import Job
from runtime.desk.matter import Matter, RunView
from runtime.desk.preview import Preview
from runtime.desk.rules import RuleDesk
from runtime.forking import Fork
from runtime.logbook import Logbook
from runtime.migrating import Migration
from runtime.replay import Moment
from runtime.spot_checks import Checks
from runtime.workers import Workers
from state.artifact import Artifact
from state.audit import Trail
from state.batch import BatchRow
from state.figures import Figures
from state.ledger import Ledger
from state.review import Action
from state.run import ReviewRow, RunFilter, RunRow
from state.staffing import Staffing


@dataclass(frozen=True, slots=True)
class Inbox:
    """The questions that wait, most urgent and oldest first."""

    reviews: Sequence[ReviewRow]
    total: int
    """How many there are in all."""
    queues: Sequence[str]
    """The queues that they are in."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a fork would do, before it is run."""

    makes: tuple[str, ...]
    """The decisions that would be made, in the workflow's order."""
    cost: Cost
    """What making them has cost the run itself."""


class Desk(Protocol):
    """What a person at a screen sees and does. Every method raises ``DatabaseLost`` where the database went away."""

    # what there is

    def workflows(self) -> Sequence[str]:
        """The names of the workflows that can be run or have runs."""

    def profiles(self, workflow: str) -> Sequence[str]:
        """The profiles that a workflow can be run with; none where it takes none."""

    def workflow(self, name: str, profile: str | None = None) -> Workflow:
        """A workflow. Raises ``UnknownWorkflow``, ``InvalidProfile`` or another ``UsageError``."""

    def staffing(self) -> Staffing:
        """Who takes which seat of a run that is started now, by the settings."""

    def figures(self, workflow: str | None, since: datetime | None, zone: str) -> Figures:
        """The figures of a period, in days of a time zone."""

    def ledger(self, workflow: str | None, since: datetime | None) -> Ledger:
        """What specialists and people did in the runs that were started since then; forks are left out."""

    @property
    def budgets(self) -> Budgets:
        """How the budgets for human attention stand."""

    @property
    def workers(self) -> Workers:
        """How the workers and the queue do."""

    @property
    def logbook(self) -> Logbook:
        """Where the experiments of the lab are kept."""

    @property
    def rules(self) -> RuleDesk:
        """The rules that people's answers suggest, and those that were accepted."""

    # starting

    def sample(self, workflow: str, profile: str | None) -> Path | None:
        """The file of cases that goes with a workflow's profile; None where none does.

        Raises ``UnreadableSource`` in one line that says where to get it when it is not here.
        """

    def preview(self, workflow: str, profile: str | None, path: Path) -> Preview:
        """What a file of cases holds. Raises ``UnreadableSource``, or as ``workflow`` does."""

    def start(
        self, workflow: str, profile: str | None, case: Mapping[str, Any], staffing: Staffing | None = None
    ) -> RunRow:
        """Start a run; it may still be running when this returns. Raises ``InvalidCase`` or ``UnusableModel``.

        Its seats are taken as ``staffing`` has it, or the settings where that is None.
        """

    def run_file(
        self, workflow: str, profile: str | None, path: Path, selection: Selection, staffing: Staffing | None = None
    ) -> Job:
        """Have a file of cases run in the background, with the same ``staffing``."""

    def upload(self, name: str, content: bytes) -> Path:
        """Keep a file that a browser sent, as long as this process lives."""

    def jobs(self) -> Sequence[Job]:
        """The files that run, or ran, in this process, newest first."""

    def stop_job(self, job: str) -> None:
        """Stop one of them; what was finished is kept."""

    def batches(self, limit: int = 20) -> Sequence[BatchRow]:
        """The newest batches, whoever ran them."""

    def thoughts(self, run: str | None = None) -> Sequence[Thought]:
        """What chat models are thinking right now in a run, or in any; who has spoken first."""

    # answering

    def inbox(self, workflow: str | None = None, queue: str | None = None, limit: int = 1000) -> Inbox:
        """What waits for a human."""

    def review(self, review: str) -> ReviewRow:
        """One question as it stands now. Raises ``UnknownReview``."""

    def matter(self, review: str) -> Matter:
        """One question with all that is needed to answer it. Raises ``UnknownReview``."""

    def alike(self, review: str) -> Sequence[ReviewRow]:
        """The open questions that can be answered together with that one, which is among them."""

    def answer(self, review: str, action: Action, *, by: str, **given: Any) -> RunRow:
        """Answer a question; ``given`` as for ``Roundhouse.answer``. Its run may still go on when this returns.

        Raises one of ``AnswerRefused``, ``RunBusy`` or ``SignatureChanged``, and then nothing is saved.
        """

    def answer_all(self, reviews: Sequence[str], action: Action, *, by: str, **given: Any) -> Sequence[Answered]:
        """Give many questions the same answer; one that is refused leaves the others."""

    def claim(self, review: str, *, by: str) -> ReviewRow:
        """Claim a question for a quarter of an hour. Raises ``AnswerRefused``."""

    def release(self, review: str, *, by: str) -> ReviewRow:
        """Let go of a claim. Raises ``AnswerRefused``."""

    @property
    def checks(self) -> Checks:
        """Where automated cases are decided once more."""

    # exploring

    def runs(self, chosen: RunFilter, limit: int, offset: int = 0) -> Sequence[RunRow]:
        """Runs, newest first."""

    def count_runs(self, chosen: RunFilter) -> int:
        """How many runs there are."""

    def every_run(self, chosen: RunFilter) -> Iterator[RunRow]:
        """All runs that fit, read a page at a time."""

    def run(self, run: str) -> RunView:
        """One run, by its id, the beginning of it or its case's id. Raises ``UnknownRun``."""

    def artifact(self, artifact: Artifact) -> bytes:
        """The bytes of a file that a decision names. Raises ``FileLost`` where it is gone or not what it was."""

    def holds(self, artifact: Artifact) -> bool:
        """Whether that file is there, without reading it."""

    def replay(self, run: str) -> Sequence[Moment]:
        """The checkpoints of a run; none where they were pruned."""

    def audit(self, run: str) -> Trail:
        """The audit trail of a run, verified."""

    def what_if(self, run: str, changes: Mapping[str, Fields]) -> WhatIf:
        """What a fork with these changes would do. Raises ``InvalidAnswer``, ``SignatureChanged`` or ``UsageError``."""

    def fork(self, run: str, changes: Mapping[str, Fields], *, by: str) -> Fork:
        """Make and drive that fork; nothing of it goes out. Raises as ``what_if`` does."""

    def retry(self, run: str, *, by: str) -> RunRow:
        """Drive a failed run on. Raises ``RunBusy`` or ``SignatureChanged``."""

    def migrate(self, run: str, *, by: str) -> Migration:
        """Have a run go on under the present workflow. Raises ``RunEnded`` or ``RunBusy``."""
