"""Upkeep: old checkpoints are pruned, and the commands say what they will remove before they do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from runtime.channels.folder import FolderChannel
from runtime.roundhouse import Roundhouse
from state.audit import verified
from state.sql import prune
from state.sql.audit import read_trail
from state.sql.prune import Ended, prunable
from state.sql.runs import take_lease
from state.sql.threads import threads_of
from tests.integration.test_cli import TRIAGE, Shell
from tests.support.person import PERSON, catalogue, counted, execute, later, start, tickets
from tests.support.triage import Ticket


@pytest.fixture
async def roundhouse(database_url: str, tmp_path: Path) -> AsyncIterator[Roundhouse]:
    channels = {"default": FolderChannel(tmp_path / "outbox")}
    async with Roundhouse.open(database_url, catalogue(), channels) as opened:
        yield opened


async def test_pruning_takes_the_checkpoints_and_keeps_the_story(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, trouble="flag")
    story = await roundhouse.show(run.id)
    assert (await roundhouse.store.read(counted, run.id))[0] > 3
    pruned = await roundhouse.prune(later(1), by="ann")
    assert (pruned.runs, pruned.checkpoints > 3) == (1, True)
    assert await roundhouse.store.read(counted, run.id) == (0, 0)
    assert await roundhouse.show(run.id) == story
    rows, head = await roundhouse.store.read(read_trail, run.id)
    assert verified(rows, head).is_whole
    assert (rows[-1].action, rows[-1].actor) == ("pruned", "ann")
    assert (await roundhouse.prune(later(1), by="ann")).runs == 0
    assert await roundhouse.resume(run.id) == "completed"
    assert (await roundhouse.fork(run.id, {"Topic": {"topic": "roof"}}, by="ann")).run.status == "completed"


async def test_only_runs_that_ended_long_enough_ago_are_pruned(roundhouse: Roundhouse) -> None:
    now = datetime.now(UTC)
    with time_machine.travel(now - timedelta(days=40), tick=True):
        old = await start(roundhouse, "old")
        await start(roundhouse, "waiting", "unsure")
        failed = await start(roundhouse, "failed")
        await roundhouse.store.write(execute, "UPDATE runs SET status = 'failed' WHERE id = :id", {"id": failed.id})
        await start(roundhouse, "elsewhere", workflow="second")
    await start(roundhouse, "new")
    ended = Ended(now - timedelta(days=30), "triage")
    [found] = await roundhouse.store.read(prunable, ended)
    assert (found.workflow, found.status, found.runs, found.oldest) == ("triage", "completed", 1, old.ended_at)
    assert (await roundhouse.prune(ended, by="ann")).runs == 1
    assert await roundhouse.store.read(counted, old.id) == (0, 0)
    assert (await roundhouse.store.read(counted, failed.id))[0] > 0
    [review] = await roundhouse.inbox()
    assert (await roundhouse.answer(review.id, "approve", by="ann")).status == "completed"


async def test_pruning_goes_in_pieces_until_nothing_is_left(
    roundhouse: Roundhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "PIECE", 2)
    for number in range(5):
        await start(roundhouse, f"t{number}")
    assert (await roundhouse.prune(later(1), by="ann")).runs == 5
    assert await roundhouse.store.read(threads_of, [run.id for run in await roundhouse.runs()]) == []


async def test_a_run_that_somebody_is_at_is_not_pruned(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    await roundhouse.store.write(take_lease, run.id, "elsewhere:1:2:3", datetime.now(UTC))
    assert (await roundhouse.prune(later(1), by="ann")).runs == 0


async def test_a_thread_belongs_to_the_run_with_the_longest_id_that_fits(roundhouse: Roundhouse) -> None:
    driver = await roundhouse.driver("triage")
    for run in ("a", "a~b", "ab"):  # such ids are refused now, and may be there from before
        await driver.start(Ticket(id=run, text="printer hums"), run)
    await roundhouse.store.write(execute, "UPDATE saved_checkpoints SET thread = 'a~1' WHERE thread = 'a'", {})
    assert sorted(await roundhouse.store.read(threads_of, ["a"])) == ["a", "a~1"]
    assert await roundhouse.store.read(threads_of, ["a~b", "none"]) == ["a~b"]
    assert await roundhouse.store.read(threads_of, []) == []


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    tickets(tmp_path)
    made("run", TRIAGE, "tickets.csv")
    return made


def test_the_commands_show_what_they_will_touch_and_do_it_on_a_persons_word(shell: Shell) -> None:
    assert "1 run will lose all checkpoints." in shell("prune", "--older-than", "0s")
    looked = shell.json("prune", "--older-than", "0s")
    assert looked == {"done": False, "runs": 1, "checkpoints": 0, "files": 0, "bytes": 0, "file": None}
    pruned = shell.json("prune", "--older-than", "0s", "--yes", "--vacuum")
    assert (pruned["done"], pruned["runs"], pruned["file"]) == (True, 1, "compacted")
    assert pruned["checkpoints"] > 3
    assert "Removed 0 checkpoints of 0 runs." in shell("prune", "--older-than", "1w", "--yes")
    assert "Team" in shell("show", "bob")
    preview = shell("forget", "bob")
    assert "deliver:Reply:default" in preview
    assert "Nothing was done. Give --yes to do it." in preview
    forgotten = shell.json("forget", "bob", "--by", "ann", "--yes")
    [sent] = forgotten["sent"]
    assert (forgotten["done"], len(forgotten["runs"]), forgotten["file"]) == (True, 1, "compacted")
    assert Path(sent["receipt"]).name.startswith("bob-")
    assert "was forgotten by 'ann'" in shell("show", "bob", status=2)
    assert "was forgotten by 'ann'" in shell("show", forgotten["runs"][0], status=2)
    assert "Forgot 1 run." in shell("forget", PERSON, "--yes")
    summary = shell.json("run", TRIAGE, "tickets.csv")
    assert (summary["cases"], summary["completed"], summary["rejected"], summary["resumed"]) == (6, 1, 1, 4)
    pseudonyms = [run for run in summary["run_ids"] if run.startswith("forgotten-")]
    assert len(pseudonyms) == 2
    assert all("Team" in shell("show", run) for run in pseudonyms)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("prune", "--older-than", "30"),
            "'30' is not a length of time. Use a whole number and one of s, min, h, d, w",
        ),
        (("prune", "--older-than", "1.5h"), "is not a length of time"),
        (("prune", "--older-than", "-3d"), "is not a length of time"),
        (("prune", "--older-than", "3m"), "is not a length of time"),
        (("prune", "--older-than", "999999999999w"), "more than a hundred years"),
        (("forget", "nobody"), "Nothing is known of a case 'nobody'"),
        (("forget", "bob", "--workflow", "other"), "Nothing is known of a case 'bob'"),
    ],
)
def test_a_mistake_is_one_line_and_status_two(shell: Shell, words: tuple[str, ...], says: str) -> None:
    assert says in shell(*words, "--yes", status=2)
