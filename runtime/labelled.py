"""Labelled cases: cases of which it is known what happened, from a file, or from the outcomes that were recorded here.

A file is read as ``run`` reads it. What is no case, and what has no label, is left out and counted, in words.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphs.attention.grading import grading_for, text_of
from graphs.escalation import Grading
from graphs.workflow import Workflow
from runtime.batch import Selection
from runtime.checked import checked_case
from runtime.intake import Accepted, Rejected, Source
from state.case import Case
from state.errors import InvalidCase, UsageError
from state.sql.labelled_cases import PastCase, count_cases, labelled_cases
from state.sql.store import Store

OUTCOMES = "outcomes"
"""What the source is called where the cases were run here."""


@dataclass(frozen=True, slots=True)
class LabelledCase:
    """A case and what happened to it."""

    case: Case
    label: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled cases of a workflow."""

    source: str
    """The name of the file, or ``outcomes``."""
    grading: Grading
    cases: tuple[LabelledCase, ...]
    remarks: tuple[str, ...] = ()
    """What there is to say of them: what was left out and why, each a sentence."""

    def digest(self) -> str:
        """Sixteen hexadecimal digits of the cases and their labels, in their order."""
        whole = hashlib.sha256()
        for each in self.cases:
            content = [each.case.model_dump(mode="json"), each.label]
            whole.update(json.dumps(content, sort_keys=True).encode() + b"\n")
        return whole.hexdigest()[:16]


def read_labelled(workflow: Workflow, path: Path, selection: Selection) -> Labelled:
    """The labelled cases of a file. Raises ``UnreadableSource``, or ``UsageError`` where it has no label column."""
    source = Source(path, workflow.case)
    misread = tuple(source.misread())
    rows = list(source.rows(selection.of(source.count())))
    good = [row for row in rows if isinstance(row, Accepted)]
    bad = [row for row in rows if isinstance(row, Rejected)]
    if not good:
        raise UsageError(f"{path.name}: none of its {len(rows)} rows is a case. {' '.join(_no_cases(bad))}".rstrip())
    grading = grading_for(workflow, dict.fromkeys(heading for row in good for heading in row.beside))
    found = [LabelledCase(row.case, text_of(row.beside.get(grading.label)).strip()) for row in good]
    return _labelled(path.name, grading, found, (*misread, *_no_cases(bad)))


async def labelled_by_outcomes(store: Store, name: str, workflow: Workflow, selection: Selection) -> Labelled:
    """The cases of a workflow that were run here and whose outcome is recorded; ``name`` is what it is run by.

    Raises ``UsageError`` where there are none.
    """
    past = await store.read(labelled_cases, name)
    there = await store.read(count_cases, name)
    if not past:
        raise UsageError(
            f"No outcome of a case of {name!r} is recorded here. Give a labelled file, or record what happened: "
            "roundhouse outcomes FILE."
        )
    wanted = selection.of(len(past))
    chosen = [each for place, each in enumerate(past) if wanted(place)]
    grading = grading_for(workflow, dict.fromkeys(heading for each in chosen for heading in each.label))
    read = [(each, _case(workflow, each)) for each in chosen]
    found = [
        LabelledCase(case, text_of(each.label.get(grading.label)).strip()) for each, case in read if case is not None
    ]
    outdated = _left_out(len(read) - len(found), "case", "not of the present contract")
    known = (
        f"Of {there:,} cases that were run, {len(past):,} have an outcome ({len(past) / there:.1%}); what is promised "
        "is of cases like these, and the others may be different."
    )
    return _labelled(OUTCOMES, grading, found, (known, *outdated))


def _labelled(source: str, grading: Grading, found: Sequence[LabelledCase], remarks: Iterable[str]) -> Labelled:
    known = tuple(each for each in found if each.label and each.label not in grading.missing)
    without = _left_out(len(found) - len(known), "case", f"without a label under {grading.label!r}")
    return Labelled(source, grading, known, (*remarks, *without))


def _no_cases(bad: Sequence[Rejected]) -> list[str]:
    """How many rows are no cases, and what is wrong with the first."""
    if not bad:
        return []
    first = bad[0].problems[0]
    return _left_out(len(bad), "row", f"no case; line {bad[0].line}, {first.field}: {first.reason}")


def _left_out(count: int, what: str, why: str) -> list[str]:
    """A sentence on so many that were left out; none where there are none."""
    return [f"Left out {count:,} {what}{'' if count == 1 else 's'}: {why}."] if count else []


def _case(workflow: Workflow, past: PastCase) -> Case | None:
    """The case as its contract has it now; None where it does not fit any more."""
    try:
        return checked_case(workflow.case, past.content)
    except InvalidCase:
        return None
