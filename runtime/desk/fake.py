"""The fake desk: a desk without database and loop, for tests of pages.

It shows the stories that it was given, and takes what is posted as the real one does: an answer is held to the question
and its contract, and accepted once. But no specialist is called: a run stands still where an answer has left it. What
was posted is in ``posted``; an error in ``refuses`` is raised by the post of that name, once.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agents.chat.session import Thought
from agents.files import FOLDER, FileLost
from graphs.agenda import Finish, agenda
from graphs.answers import answer_events
from graphs.consequence import cost_of
from graphs.edit import Fields
from graphs.fork import forked, made_again, side_by_side
from graphs.workflow import Workflow
from runtime.answering import Answered
from runtime.batch import Selection
from runtime.budget import MemoryBudgets
from runtime.checked import checked_case
from runtime.desk.board import Board
from runtime.desk.checks import MemoryChecks
from runtime.desk.desk import Inbox, WhatIf
from runtime.desk.empty import NOTHING
from runtime.desk.jobs import Job
from runtime.desk.matter import Known, Matter, RunView, known_as, matter_of
from runtime.desk.posted import Posted
from runtime.desk.preview import Preview, preview
from runtime.desk.rules import MemoryRules
from runtime.desk.told_ledger import told_ledger
from runtime.forking import Fork
from runtime.logbook import MemoryLogbook
from runtime.migrating import Migration
from runtime.replay import Moment
from runtime.workers import MemoryWorkers
from state.artifact import Artifact
from state.audit import Trail, Verdict
from state.batch import BatchRow
from state.errors import AlreadyAnswered, ReviewClaimed, RoundhouseError, UnknownReview, UnknownRun, UnknownWorkflow
from state.figures import Figures
from state.ledger import Ledger
from state.progress import Progress, advance
from state.rebuild import progress_of
from state.review import Action, Answer
from state.run import ReviewRow, RunFilter, RunRow, RunStory
from state.sql.asking import WAITING
from state.staffing import Staffing


class FakeDesk:
    """A desk on stories. See :class:`runtime.desk.desk.Desk`."""

    def __init__(
        self,
        workflows: Mapping[str, Workflow],
        stories: Sequence[RunStory] = (),
        figures: Figures | None = None,
        moments: Sequence[Moment] = (),
    ) -> None:
        self._workflows = dict(workflows)
        self.stories = {story.run.id: story for story in stories}
        self._figures = figures or NOTHING
        self._moments = tuple(moments)
        self.logbook = MemoryLogbook()
        self.rules = MemoryRules(self._workflows)
        self.budgets = MemoryBudgets(self.workflow)
        self.workers = MemoryWorkers()
        self.posted: list[Posted] = []
        self.checks = MemoryChecks(self.stories, self.workflow, self._post)
        self.refuses: dict[str, RoundhouseError] = {}
        self.working: list[Job] = []
        """The jobs that the desk shows."""
        self.files: dict[str, Path] = {}
        """The sample of each workflow."""
        self.kept: dict[str, bytes] = {}
        """The files that decisions name, by digest."""
        self.board = Board()
        """What specialists are thinking."""
        self.staff = Staffing()
        """Who takes which seat by the settings."""

    def workflows(self) -> Sequence[str]:
        return tuple(self._workflows)

    def profiles(self, workflow: str) -> Sequence[str]:
        return ("sample",) if workflow in self.files else ()

    def workflow(self, name: str, profile: str | None = None) -> Workflow:
        if name not in self._workflows:
            raise UnknownWorkflow(name, tuple(self._workflows))
        return self._workflows[name]

    def staffing(self) -> Staffing:
        return self.staff

    def figures(self, workflow: str | None, since: datetime | None, zone: str) -> Figures:
        return self._figures

    def ledger(self, workflow: str | None, since: datetime | None) -> Ledger:
        return told_ledger(list(self.stories.values()), workflow, since)

    def sample(self, workflow: str, profile: str | None) -> Path | None:
        return self.files.get(workflow)

    def preview(self, workflow: str, profile: str | None, path: Path) -> Preview:
        return preview(path, self.workflow(workflow, profile).case)

    def start(
        self, workflow: str, profile: str | None, case: Mapping[str, Any], staffing: Staffing | None = None
    ) -> RunRow:
        checked_case(self.workflow(workflow, profile).case, case)
        self._post("start", workflow, given={"case": dict(case), "staffing": staffing})
        return next(iter(self.stories.values())).run

    def run_file(
        self, workflow: str, profile: str | None, path: Path, selection: Selection, staffing: Staffing | None = None
    ) -> Job:
        self._post("run_file", workflow, given={"path": path, "selection": selection, "staffing": staffing})
        self.working.insert(0, Job("job", workflow, profile, path.name, datetime.now(UTC)))
        return self.working[0]

    def upload(self, name: str, content: bytes) -> Path:
        self._post("upload", name)
        return self.files[name]

    def jobs(self) -> Sequence[Job]:
        return self.working

    def thoughts(self, run: str | None = None) -> Sequence[Thought]:
        return self.board.thoughts(run)

    def stop_job(self, job: str) -> None:
        self._post("stop_job", job)

    def batches(self, limit: int = 20) -> Sequence[BatchRow]:
        return ()

    def inbox(self, workflow: str | None = None, queue: str | None = None, limit: int = 1000) -> Inbox:
        waiting = [each for story in self.stories.values() for each in story.reviews if each.status in WAITING]
        fitting = [each for each in waiting if workflow in (None, each.workflow) and queue in (None, each.queue)]
        fitting.sort(key=lambda each: (-each.priority, each.opened_at))
        return Inbox(fitting[:limit], len(fitting), sorted({each.queue for each in waiting}))

    def review(self, review: str) -> ReviewRow:
        found = [each for story in self.stories.values() for each in story.reviews if each.id.startswith(review)]
        if len(found) != 1:
            raise UnknownReview(review)
        return found[0]

    def matter(self, review: str) -> Matter:
        row = self.review(review)
        story = self.stories[row.run]
        return matter_of(row, story, self._known(story))

    def alike(self, review: str) -> Sequence[ReviewRow]:
        named = self.review(review)
        about = ("kind", "names", "workflow", "queue")
        return [
            each
            for each in self.inbox().reviews
            if all(getattr(each, name) == getattr(named, name) for name in about)
            and each.payload["question"]["suggestion"] == named.payload["question"]["suggestion"]
        ]

    def answer(self, review: str, action: Action, *, by: str, **given: Any) -> RunRow:
        self._post("answer", review, by, {"action": action, **given})
        row = self._free(review, by)
        story, now = self.stories[row.run], datetime.now(UTC)
        answer = Answer(question=row.question, action=action, by=by, **given)
        workflow = self.workflow(story.run.workflow)
        threshold = story.pins.get("threshold", workflow.threshold)
        progress = progress_of(story)
        after = advance(progress, answer_events(workflow, progress, threshold, answer, now))
        said = {"answer": answer.model_dump(mode="json"), "answered_by": by, "answered_at": now, "status": "answered"}
        self._change(row, **said)
        return self._moved(row.run, after, workflow, threshold)

    def answer_all(self, reviews: Sequence[str], action: Action, *, by: str, **given: Any) -> Sequence[Answered]:
        answered = []
        for review in reviews:
            row = self.review(review)
            try:
                answered.append(Answered(row.id, row.run, self.answer(row.id, action, by=by, **given).status))
            except RoundhouseError as refused:
                answered.append(Answered(row.id, row.run, row.status, str(refused)))
        return answered

    def claim(self, review: str, *, by: str) -> ReviewRow:
        self._post("claim", review, by)
        row, now = self._free(review, by), datetime.now(UTC)
        times = {"claimed_at": now, "claimed_until": now + timedelta(minutes=15)}
        return self._change(row, status="claimed", claimed_by=by, **times)

    def release(self, review: str, *, by: str) -> ReviewRow:
        self._post("release", review, by)
        row = self._free(review, by)
        return self._change(row, status="open", claimed_by=None, claimed_at=None, claimed_until=None)

    def runs(self, chosen: RunFilter, limit: int, offset: int = 0) -> Sequence[RunRow]:
        return [story.run for story in self.stories.values() if _fits(story.run, chosen)][offset : offset + limit]

    def count_runs(self, chosen: RunFilter) -> int:
        return len(self.runs(chosen, len(self.stories)))

    def every_run(self, chosen: RunFilter) -> Iterator[RunRow]:
        return iter(self.runs(chosen, len(self.stories)))

    def run(self, run: str) -> RunView:
        if run not in self.stories:
            raise UnknownRun(run)
        story = self.stories[run]
        origin = self.stories.get(story.run.origin or "")
        forks = tuple(each.run for each in self.stories.values() if each.run.origin == run)
        return RunView(story, self._known(story), origin.run if origin else None, forks)

    def artifact(self, artifact: Artifact) -> bytes:
        if artifact.digest not in self.kept:
            raise FileLost(artifact, Path(FOLDER))
        return self.kept[artifact.digest]

    def holds(self, artifact: Artifact) -> bool:
        return artifact.digest in self.kept

    def replay(self, run: str) -> Sequence[Moment]:
        return self._moments

    def audit(self, run: str) -> Trail:
        return Trail(run, (), Verdict(0, ""))

    def what_if(self, run: str, changes: Mapping[str, Fields]) -> WhatIf:
        view = self.run(run)
        workflow = self.workflow(view.story.run.workflow)
        makes = made_again(workflow, view.progress, changes, "somebody", datetime.now(UTC))
        return WhatIf(makes, cost_of(view.story.executions, makes))

    def fork(self, run: str, changes: Mapping[str, Fields], *, by: str) -> Fork:
        self._post("fork", run, by, changes)
        view, now = self.run(run), datetime.now(UTC)
        workflow = self.workflow(view.story.run.workflow)
        begun = forked(workflow, view.progress, changes, by, now)
        decisions = {name: value for name in workflow.order if (value := begun.latest_value(name)) is not None}
        made = view.story.run.model_copy(update={"id": f"fork-{run}", "origin": run, "decisions": decisions})
        records = tuple(record for records in begun.records.values() for record in records)
        self.stories[made.id] = view.story.model_copy(update={"run": made, "records": records, "reviews": ()})
        return Fork(made, view.story.run, tuple(side_by_side(workflow, view.progress, begun)), ())

    def retry(self, run: str, *, by: str) -> RunRow:
        self._post("retry", run, by)
        return self.run(run).story.run

    def migrate(self, run: str, *, by: str) -> Migration:
        self._post("migrate", run, by)
        return Migration(run, self.run(run).story.run.status)

    def _post(self, what: str, to: str, by: str = "", given: Mapping[str, Any] | None = None) -> None:
        if what in self.refuses:
            raise self.refuses.pop(what)
        self.posted.append(Posted(what, to, by, dict(given or {})))

    def _known(self, story: RunStory) -> Known:
        workflow = self._workflows.get(story.run.workflow)
        return known_as(workflow, story) if workflow else Known(None, "The workflow is not known here.")

    def _free(self, review: str, by: str) -> ReviewRow:
        """A question that the person may lay hands on."""
        row = self.review(review)
        if row.status not in WAITING:
            raise AlreadyAnswered(row.id, str(row.answered_by), str(row.answered_at))
        if row.claimed_by not in (None, by):
            raise ReviewClaimed(row.id, str(row.claimed_by), str(row.claimed_until))
        return row

    def _change(self, row: ReviewRow, **values: Any) -> ReviewRow:
        """Put another form of a question in its place."""
        story, changed = self.stories[row.run], row.model_copy(update=values)
        reviews = tuple(changed if each.id == row.id else each for each in story.reviews)
        self.stories[row.run] = story.model_copy(update={"reviews": reviews})
        return changed

    def _moved(self, run: str, after: Progress, workflow: Workflow, threshold: float) -> RunRow:
        """Where a run stands after an answer, with no specialist called."""
        plan = agenda(workflow, after, threshold)
        story = self.stories[run]
        row = story.run.model_copy(update={"status": plan.status if isinstance(plan, Finish) else "running"})
        self.stories[run] = story.model_copy(update={"run": row})
        return row


def _fits(run: RunRow, chosen: RunFilter) -> bool:
    named = all(getattr(chosen, name) in (None, getattr(run, name)) for name in ("workflow", "status", "flagged"))
    text = (chosen.text or "").lower()
    return named and (text in run.id.lower() or text in run.case_id.lower())
