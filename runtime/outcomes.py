"""Outcomes: a file of what really happened to past cases is taken down, and the judgements on them are graded by it.

It may be given late, out of order and again. What it names no case for is counted and listed, so that it can be given
once more when the case has been run.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationError

from graphs.attention.grading import graded
from graphs.escalation import Grading
from graphs.workflow import Workflow
from runtime.outcome_file import OutcomeFile, Stated, Unfit, Unlabelled
from runtime.roundhouse import Roundhouse
from state.certificate import Certificate
from state.decision import Decision
from state.errors import UnreadableSource, UsageError
from state.graded import Graded
from state.judgement import RIGHT, OutcomeRow
from state.sql.certificates import newest_of
from state.sql.outcomes import Fate, Graders, judged_profiles, judged_workflows, read_graded, record

TOGETHER = 500
"""How many rows are taken down in one transaction."""

LISTED = 20
"""How many of the rows that could not be taken are listed."""

Load = Callable[[str, str | None], Workflow]
"""Finds a workflow by its name and profile."""


@dataclass(frozen=True, slots=True)
class Left:
    """A row that was not taken."""

    line: int
    case: str | None
    """None where it is not said, since the case was forgotten or the row has none."""
    reason: str


@dataclass(slots=True)
class Told:
    """What a file told, and what is known of automated cases by now."""

    workflow: str
    label: str
    """The heading of the column that said what happened."""
    fates: Counter[Fate] = field(default_factory=Counter)
    unlabelled: int = 0
    unfit: int = 0
    """How many rows could not be read."""
    left: list[Left] = field(default_factory=list)
    """The first that were not taken, but for those without a label."""
    graded: int = 0
    """How many runs have a grade by the file."""
    ungraded: int = 0
    """How many runs have none, although the file says what happened."""
    why: str = ""
    """Why the first of them has none."""
    certificate: Certificate | None = None
    """The workflow's newest, as it stands now."""
    figures: Graded = field(default_factory=lambda: Graded({}, {}))
    """Those of the runs under the certificate where any is graded, and else of all."""
    scope: Literal["certificate", "all"] = "all"
    """Whose figures they are."""

    @property
    def counted(self) -> list[tuple[Fate, int]]:
        """How many rows had which fate, in the order in which they are told."""
        return [(fate, self.fates[fate]) for fate in get_args(Fate)]

    @property
    def left_out(self) -> int:
        """How many rows were not taken, but for those without a label."""
        return self.unfit + self.fates["unknown"] + self.fates["forgotten"]


async def take_outcomes(
    roundhouse: Roundhouse, load: Load, path: Path, workflow: str | None = None, profile: str | None = None
) -> Told:
    """Take down what a file says of the cases of a workflow, by default the only one that it can be about.

    Raises ``UsageError`` for a file or a workflow that cannot be used, and ``DatabaseLost``; what was taken down before
    is kept.
    """
    chosen = await _chosen(roundhouse, load, path, workflow, profile)
    told = Told(chosen.name, chosen.file.grading.label)
    now, signatures, rows = datetime.now(UTC), set[str](), list[Stated]()
    for row in chosen.file.rows(now):
        match row:
            case Stated():
                rows.append(row)
            case Unlabelled():
                told.unlabelled += 1
            case Unfit():
                told.unfit += 1
                _leave(told, row.line, None, row.reason)
        if len(rows) == TOGETHER:
            signatures |= await _take(roundhouse, chosen, rows, told, now)
            rows = []
    signatures |= await _take(roundhouse, chosen, rows, told, now)
    for signature in sorted(signatures):
        await roundhouse.attention.look(chosen.name, signature)
    await roundhouse.attention.catch_up()
    await _sum_up(roundhouse, told)
    told.left.sort(key=lambda each: each.line)
    return told


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A workflow that a file can be about."""

    name: str
    profile: str | None
    workflow: Workflow
    file: OutcomeFile
    source: str


async def _chosen(roundhouse: Roundhouse, load: Load, path: Path, workflow: str | None, profile: str | None) -> _Chosen:
    if workflow is not None:
        return await _made(roundhouse, load, path, workflow, profile)
    names = await roundhouse.store.read(judged_workflows)
    found, refused = list[_Chosen](), list[UsageError]()
    for name in names:
        try:
            found.append(await _made(roundhouse, load, path, name, profile))
        except UnreadableSource:
            raise
        except UsageError as unfit:
            refused.append(unfit)
    if len(found) == 1:
        return found[0]
    if len(names) == 1:
        raise refused[0]
    if not names:
        raise UsageError(
            "No case was run here whose decision is judged, so that there is nothing to grade. Name the workflow with "
            "--workflow where its cases were run before the database was upgraded."
        )
    said = ", ".join(each.name for each in found) if found else ", ".join(names)
    which = "could be about the cases of" if found else "has no label for the cases of"
    raise UsageError(f"{path.name} {which} {said}. Say which with --workflow.")


async def _made(roundhouse: Roundhouse, load: Load, path: Path, name: str, profile: str | None) -> _Chosen:
    used = await roundhouse.store.read(judged_profiles, name)
    said = ", ".join(each or "none" for each in used)
    if profile is not None and used and profile not in used:
        raise UsageError(f"No run of {name!r} that is judged has the profile {profile!r}. They have: {said}.")
    if profile is None and len(used) > 1:
        raise UsageError(f"The runs of {name!r} have several profiles: {said}. Say which with --profile.")
    of = profile if profile is not None else next(iter(used), None)
    workflow = load(name, of)
    return _Chosen(name, of, workflow, OutcomeFile(path, workflow), path.name)


async def _take(
    roundhouse: Roundhouse, chosen: _Chosen, rows: Sequence[Stated], told: Told, now: datetime
) -> frozenset[str]:
    """Take down some rows; returns the signatures whose certificates have something new to look at."""
    grader = _Grader(chosen.workflow, chosen.file.grading)
    graders = Graders(chosen.name, chosen.profile, grader.judged.__name__, grader)
    label = chosen.file.grading.label
    heard = [
        OutcomeRow(
            workflow=chosen.name,
            case_id=row.case,
            label={label: row.label},
            happened_at=row.happened_at,
            recorded_at=now,
            source=chosen.source,
        )
        for row in rows
    ]
    taken = await roundhouse.store.write(record, graders, heard)
    told.fates.update(taken.fates)
    told.graded += taken.graded
    told.ungraded += taken.ungraded
    told.why = told.why or grader.why
    for row, fate in zip(rows, taken.fates, strict=True):
        if fate == "unknown":
            _leave(told, row.line, row.case, "no such case was run here")
        elif fate == "forgotten":
            _leave(told, row.line, None, "the case was forgotten")
    return taken.signatures


def _leave(told: Told, line: int, case: str | None, reason: str) -> None:
    if len(told.left) < LISTED:
        told.left.append(Left(line, case, reason))


async def _sum_up(roundhouse: Roundhouse, told: Told) -> None:
    """What is known of automated cases, under the newest certificate where any of them is."""
    newest = await roundhouse.store.read(newest_of, told.workflow)
    told.certificate = None if newest is None else newest.certificate
    if told.certificate is not None:
        told.figures = await roundhouse.store.read(read_graded, told.workflow, None, told.certificate.id)
        told.scope = "certificate"
    if not told.figures.cases:
        told.figures = await roundhouse.store.read(read_graded, told.workflow)
        told.scope = "all"


class _Grader:
    """Grades judged decisions as plain JSON, and keeps why the first that could not be graded could not."""

    def __init__(self, workflow: Workflow, grading: Grading) -> None:
        if workflow.escalation is None:
            raise UsageError(
                f"Workflow {workflow.name!r} declares no escalation, so that none of its decisions is judged."
            )
        self.judged: type[Decision] = workflow.escalation.judged
        self._grading = grading
        self.why = ""

    def __call__(self, value: Mapping[str, Any], label: Mapping[str, str]) -> str | None:
        try:
            decision = self.judged.model_validate(value)
            return graded(self._grading, decision, label[self._grading.label]) or RIGHT
        except KeyError:
            self._wonder(f"what happened is known by {', '.join(label)}, and not by {self._grading.label}")
        except ValidationError:
            self._wonder(f"{self.judged.__name__} has another contract now than when it was decided")
        except UsageError as ungradable:
            self._wonder(str(ungradable))
        return None

    def _wonder(self, why: str) -> None:
        self.why = self.why or why
