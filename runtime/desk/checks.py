"""Spot checks at the desk: on an open Roundhouse, and in memory for tests of pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from runtime.desk.background import Background
from runtime.spot_checks import Check, Load, agreement_of, answer_check, asked_of, waiting_checks
from state.errors import UsageError
from state.graded import Agreement
from state.judgement import AlreadyChecked, SpotCheck
from state.run import RunStory


class LiveChecks:
    """Spot checks in the database. See :class:`runtime.spot_checks.Checks`."""

    def __init__(self, background: Background, load: Load) -> None:
        self._background, self._load = background, load

    def waiting(self, workflow: str | None = None, limit: int = 100) -> Sequence[Check]:  # noqa: D102
        return waiting_checks(self._background.store, self._load, workflow, limit)

    def agreement(self, workflow: str | None = None) -> Agreement:  # noqa: D102
        return agreement_of(self._background.store, workflow)

    def answer(self, run: str, verdict: str, *, by: str) -> SpotCheck:  # noqa: D102
        return self._background.do(lambda each: answer_check(each.store, self._load, run, verdict, by))


class MemoryChecks:
    """Spot checks of stories. See :class:`runtime.spot_checks.Checks`."""

    def __init__(self, stories: Mapping[str, RunStory], load: Load, post: Callable[[str, str, str], None]) -> None:
        self._stories, self._load, self._post = stories, load, post
        self.rows: dict[str, SpotCheck] = {}
        """By the id of their run."""

    def draw(self, run: str) -> None:
        """Have the case of a story decided once more."""
        row = self._stories[run].run
        drawn = datetime.now(UTC)
        self.rows[run] = SpotCheck(run=run, workflow=row.workflow, case_id=row.case_id, status="open", drawn_at=drawn)

    def waiting(self, workflow: str | None = None, limit: int = 100) -> Sequence[Check]:  # noqa: D102
        fitting = [row for row in self.rows.values() if row.status == "open" and workflow in (None, row.workflow)]
        return [self._check(row) for row in fitting[:limit]]

    def agreement(self, workflow: str | None = None) -> Agreement:  # noqa: D102
        fitting = [row.agreed for row in self.rows.values() if workflow in (None, row.workflow)]
        return Agreement.of({said: fitting.count(said) for said in (True, False, None)})

    def answer(self, run: str, verdict: str, *, by: str) -> SpotCheck:  # noqa: D102
        self._post("check", run, by)
        row, story = self.rows[run], self._stories[run]
        if row.status == "answered":
            raise AlreadyChecked(run, str(row.by), str(row.answered_at))
        asked = asked_of(self._load(row.workflow, story.pins.get("profile")))
        said = asked.checked(verdict)
        answered = {"status": "answered", "verdict": said, "agreed": asked.agrees(said, story.run.decisions), "by": by}
        self.rows[run] = row.model_copy(update={**answered, "answered_at": datetime.now(UTC)})
        return self.rows[run]

    def _check(self, row: SpotCheck) -> Check:
        story = self._stories[row.run]
        try:
            asked, trouble = asked_of(self._load(row.workflow, story.pins.get("profile"))), ""
        except UsageError as unknown:
            asked, trouble = None, str(unknown)
        return Check(row.run, row.workflow, story.case, row.drawn_at, asked, trouble)
