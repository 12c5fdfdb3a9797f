"""What the terminal takes and shows of forks and migrations."""

import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from graphs.fork import Difference
from graphs.migration import Carried, DroppedWord
from runtime.forking import Fork
from runtime.held import next_thread
from runtime.migrating import Migration
from state.errors import RunEnded, UsageError
from state.progress import Progress
from state.run import RunRow
from terminal.changes import fork_json, fork_view, migrations_json, migrations_view, parsed_changes, plans_view
from tests.support.run import NOW


def shown(view: RenderableType) -> str:
    """The view as words with single spaces."""
    console = Console(file=io.StringIO(), width=160)
    console.print(view)
    written: Any = console.file
    return " ".join(written.getvalue().split())


def test_every_change_is_taken_with_its_fields() -> None:
    given = ['Score={"probability": 0.9}', ' Check = {"text": "a=b"}']
    assert parsed_changes(given) == {"Score": {"probability": 0.9}, "Check": {"text": "a=b"}}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "Say what is decided otherwise, such as --set 'LeadScore="),
        (["Score"], "--set 'Score' does not say of which decision"),
        (['={"a": 1}'], "does not say of which decision"),
        (["Score={"], "--set Score is not JSON: Expecting property name"),
        (["Score=" + "[" * 100_000], "--set Score is not JSON"),
        (["Score=0.9"], "--set Score must be a JSON object of its fields"),
        (["Score={}", "Score={}"], "--set Score is given twice"),
    ],
)
def test_a_change_that_cannot_be_read_is_said_in_one_line(given: list[str], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        parsed_changes(given)
    assert says in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def run(name: str) -> RunRow:
    nothing = dict.fromkeys(("batch", "origin", "error", "ended_at"))
    facts = {"workflow": "leads", "case_id": "t1", "status": "completed", "flagged": False, "questions": 0}
    return RunRow.model_validate({"id": name, "created_at": NOW, "decisions": {}, **nothing, **facts})


FORK = Fork(
    run=run("fork-1"),
    of=run("r1"),
    differences=(
        Difference("Score", {"probability": 0.2, "lane": "x"}, {"probability": 0.9, "lane": "x"}, changed=True),
        Difference("Check", {"flagged": False}, {"flagged": False}, changed=False),
        Difference("Update", None, {"text": "\x1b[31m[red]hi"}, changed=True),
    ),
    questions=(),
)


def test_a_fork_is_shown_beside_its_origin_with_what_differs() -> None:
    words = shown(fork_view(FORK))
    assert "decision in r1 in the fork" in words
    assert "Score probability 0.2 probability 0.9 changed" in words
    assert "Check flagged no the same" in words
    assert "Update not decided text \\x1b[31m[red]hi changed" in words
    assert "lane" not in words


def test_a_fork_is_one_object_for_a_program() -> None:
    told = fork_json(FORK)
    assert list(told) == ["id", "of", "status", "changed", "decisions", "questions"]
    assert (told["id"], told["of"], told["changed"]) == ("fork-1", "r1", ["Score", "Update"])
    assert told["decisions"]["Check"] == {"before": {"flagged": False}, "after": {"flagged": False}, "changed": False}


CARRIED = Carried(
    progress=Progress(),
    kept=("Score",),
    made_again=("Check",),
    unconfirmed=("Verdict",),
    dropped_words=(DroppedWord("approval", "Check", "Check v1 was approved; it is made again."),),
)
DUE = Migration("r1", "waiting", ("specialist check is new",), CARRIED)
DONE = Migration("r2", "completed")
REFUSED = Migration("r3", "rejected", refused=RunEnded("r3", "rejected"))


def test_a_plan_says_what_changed_and_what_becomes_of_every_decision_and_word() -> None:
    words = shown(plans_view([DUE]))
    assert "What changed specialist check is new" in words
    assert "r1 waiting kept Score made again Check" in words
    assert "dropped Check v1 was approved; it is made again." in words
    assert "Verdict" in words


def test_what_changed_is_said_once_for_all_runs_that_it_is_the_same_for() -> None:
    other = Migration("r4", "failed", ("needs of check is gone",), CARRIED)
    words = shown(plans_view([DUE, other, DUE]))
    assert (words.count("specialist check is new"), words.count("needs of check is gone")) == (1, 1)


def test_what_came_of_each_run_is_said_with_the_reason() -> None:
    words = shown(migrations_view([DUE, DONE, REFUSED]))
    assert "r1 waiting migrated" in words
    assert "r2 completed nothing to do: its workflow has not changed" in words
    assert "r3 rejected Run 'r3' is rejected." in words


def test_a_migration_is_one_object_for_a_program() -> None:
    told = migrations_json(True, [DUE, REFUSED])
    assert told["done"] is True
    assert told["runs"][0] == {
        "id": "r1",
        "status": "waiting",
        "kept": ["Score"],
        "made_again": ["Check"],
        "unconfirmed": ["Verdict"],
        "dropped": ["Check v1 was approved; it is made again."],
        "differences": ["specialist check is new"],
        "error": None,
    }
    assert "is rejected" in told["runs"][1]["error"]


@pytest.mark.parametrize(
    ("run", "thread", "following"),
    [("r1", "r1", "r1~1"), ("r1", "r1~1", "r1~2"), ("a~b", "a~b", "a~b~1"), ("a~b", "a~b~9", "a~b~10")],
)
def test_every_migration_has_a_thread_of_its_own(run: str, thread: str, following: str) -> None:
    assert next_thread(run, {"thread": thread}) == following
