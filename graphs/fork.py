"""The fork: what if a human had decided otherwise? A new run that keeps all that does not depend on the change.

A change is a human's record on the newest versions of its needs, as an edit is: what was built on the decision is
stale, and everything else stands, with its settlements, approvals and notes. Where one change is built on another,
through a decision between them that is made again and comes out differently, that is a question to a human, as
it always is when the inputs of a human's decision move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from graphs.consequence import to_make
from graphs.edit import Fields, decided, edited
from graphs.workflow import Workflow
from state.errors import UsageError
from state.progress import Progress, Recorded, advance
from state.record import Maker


def forked(workflow: Workflow, progress: Progress, changes: Mapping[str, Fields], by: str, at: datetime) -> Progress:
    """The progress of a new run in which ``by`` decided the changed decisions. Pure.

    The fields of a change go over the decision's newest ones. The new run is open, its ledger and its journal tell only
    of what is its own, and the changed decisions and all downstream of them have their attempts again.

    Raises ``UsageError`` for a decision that is not in the workflow, ``InvalidAnswer`` for a change that breaks its
    contract.
    """
    _check_names(workflow, changes)
    restored = {name for subject in changes for name in (subject, *workflow.downstream[subject])}
    attempts = {name: used for name, used in progress.attempts.items() if name not in restored}
    fork = progress.model_copy(update={"executions": (), "journal": (), "closed": None, "attempts": attempts})
    # in the order of the workflow, so that a change stands on the versions that the changes before it made
    for name in workflow.order:
        if name in changes:
            fork = advance(fork, [_decided(workflow, fork, name, changes[name], by, at)])
    return fork


def made_again(
    workflow: Workflow, progress: Progress, changes: Mapping[str, Fields], by: str, at: datetime
) -> tuple[str, ...]:
    """What the new run would have to make at the most, in the workflow's order, before it is run. Pure.

    Early cutoff can make it fewer, and notes more. Raises as ``forked`` does.
    """
    return to_make(workflow, forked(workflow, progress, changes, by, at))


def _check_names(workflow: Workflow, changes: Mapping[str, Fields]) -> None:
    unknown = [name for name in changes if name not in workflow.owner]
    if unknown:
        named, known = ", ".join(map(repr, unknown)), ", ".join(workflow.order)
        raise UsageError(f"Workflow {workflow.name!r} does not decide {named}. It decides {known}.")


def _decided(workflow: Workflow, progress: Progress, name: str, fields: Fields, by: str, at: datetime) -> Recorded:
    value = edited(workflow, progress, name, fields, f"decided by {by}")
    return decided(workflow, progress, name, value, Maker(kind="human", name=by), at)


@dataclass(frozen=True, slots=True)
class Difference:
    """One decision of two runs, side by side."""

    decision: str
    before: Fields | None
    """None where it was not decided."""
    after: Fields | None
    changed: bool
    """Whether the two differ in anything."""


Decided = Progress | Mapping[str, Fields]
"""What a run decided: its progress, or the newest value of each decision."""


def side_by_side(workflow: Workflow, before: Decided, after: Decided) -> list[Difference]:
    """The decisions of two runs of a workflow, in its order."""
    pairs = [(name, _value(before, name), _value(after, name)) for name in workflow.order]
    return [Difference(name, first, second, changed=first != second) for name, first, second in pairs]


def _value(decided: Decided, name: str) -> Fields | None:
    match decided:
        case Progress():
            return decided.latest_value(name)
        case _:
            return decided.get(name)
