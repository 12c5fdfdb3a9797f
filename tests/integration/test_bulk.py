"""Bulk operations: runs are cancelled and retried, many at once, after a preview of what they will touch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from graphs.catalogue import Catalogue, Entry
from graphs.conflict import AskHuman, Conflict
from graphs.terms import Terms
from graphs.workflow import Workflow
from runtime.bulk import several
from runtime.roundhouse import Roundhouse
from state.audit import verified
from state.errors import RunBusy, SignatureChanged, StaleAnswer, UnknownRun, UsageError
from state.review import Answer
from state.run import RunRow, RunStatus
from state.sql.audit import read_trail
from state.sql.cancel import CANCELLABLE
from state.sql.choice import Choice, chosen_runs
from state.sql.reviews import accept
from state.sql.runs import take_lease
from tests.integration.test_cli import TRIAGE, Shell
from tests.support.person import run_batch
from tests.support.triage import Team, Topic, changed, triage

REMINDED = replace(triage, terms=(Terms(reminders=(timedelta(0),)),))


def catalogue(workflow: Workflow = REMINDED) -> Catalogue:
    return Catalogue({"triage": Entry(lambda profile: workflow)})


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue()) as opened:
        yield opened


async def start(roundhouse: Roundhouse, trouble: str = "unsure", case: str = "t1") -> RunRow:
    return await roundhouse.start("triage", {"id": case, "text": "printer hums", "trouble": trouble})


async def fail(roundhouse: Roundhouse, run: RunRow, error: str = "RuntimeError: no disk") -> None:
    """Have a run stand as one that could not go on."""
    await roundhouse.store.write(_fail, run.id, error)


def _fail(connection: Connection, run: str, error: str) -> None:
    values = {"id": run, "error": error}
    connection.execute(text("UPDATE runs SET status = 'failed', error = :error WHERE id = :id"), values)


async def deeds(roundhouse: Roundhouse, run: str) -> list[tuple[str, str, str]]:
    rows, head = await roundhouse.store.read(read_trail, run)
    assert verified(rows, head).is_whole
    return [(row.action, row.actor_kind, row.actor) for row in rows]


async def test_a_cancelled_run_is_rejected_with_its_questions_and_reminders_withdrawn(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    [review] = await roundhouse.questions(run.id)
    await roundhouse.sweep()
    cancelled = await roundhouse.cancel(run.id, by="ann", reason="sold")
    assert (cancelled.status, cancelled.error) == ("rejected", "cancelled by ann: sold")
    assert cancelled.ended_at is not None
    story = await roundhouse.show(run.id)
    assert [each.status for each in story.reviews] == ["withdrawn"]
    assert [each.status for each in story.effects] == ["withdrawn"]
    assert (await deeds(roundhouse, run.id))[-2:] == [("withdrawn", "system", "hub"), ("closed", "human", "ann")]
    with pytest.raises(StaleAnswer, match="the run is rejected"):
        await roundhouse.answer(review.id, "approve", by="bob")
    assert await roundhouse.resume(run.id) == "rejected"
    assert await roundhouse.sweep() == []


async def test_a_run_is_cancelled_though_its_workflow_is_gone(roundhouse: Roundhouse, database_url: str) -> None:
    run = await start(roundhouse)
    async with Roundhouse.open(database_url, Catalogue({})) as later:
        assert (await later.cancel(run.id, by="ann")).error == "cancelled by ann"


async def test_an_answer_that_was_accepted_and_not_applied_is_put_aside(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    [review] = await roundhouse.questions(run.id)
    answer = Answer(question=review.question, action="approve", by="bob")
    await roundhouse.store.write(accept, review.id, answer, datetime.now(UTC))
    await roundhouse.cancel(run.id, by="ann")
    assert await roundhouse.sweep() == []
    assert (await roundhouse.review(review.id)).status == "withdrawn"


async def test_a_run_at_its_end_stays_as_it_is(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "")
    assert await roundhouse.cancel(run.id, by="ann", reason="too late") == run
    assert await roundhouse.resume(run.id) == "completed", "it was let go of"


async def test_a_run_that_somebody_drives_is_busy_and_stops_no_other(roundhouse: Roundhouse) -> None:
    first, second = await start(roundhouse, case="a"), await start(roundhouse, case="b")
    await roundhouse.store.write(take_lease, first.id, "elsewhere:1:2:3", datetime.now(UTC))
    with pytest.raises(RunBusy):
        await roundhouse.cancel(first.id, by="ann")
    chosen = await roundhouse.store.read(chosen_runs, Choice(CANCELLABLE))
    touched = await several(lambda run: roundhouse.cancel(run, by="ann"), chosen, 4)
    assert [(each.run.id, each.result) for each in touched] == [(first.id, "busy"), (second.id, "rejected")]
    assert "elsewhere" in touched[0].detail
    assert (await roundhouse.run(first.id)).status == "waiting"


async def test_cancelling_and_answering_at_once_leaves_one_end(roundhouse: Roundhouse) -> None:
    for number in range(5):
        run = await start(roundhouse, case=f"t{number}")
        [review] = await roundhouse.questions(run.id)
        answer = roundhouse.answer(review.id, "approve", by="bob")
        await asyncio.gather(roundhouse.cancel(run.id, by="ann"), answer, return_exceptions=True)
        with suppress(RunBusy):
            await roundhouse.cancel(run.id, by="ann")
        story = await roundhouse.show(run.id)
        ended = [each[0] for each in await deeds(roundhouse, run.id) if each[0] in ("closed", "completed")]
        assert ended == [{"rejected": "closed", "completed": "completed"}[story.run.status]]


async def test_a_reason_that_cannot_be_kept_is_refused(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    with pytest.raises(UsageError, match="null character"):
        await roundhouse.cancel(run.id, by="ann", reason="\0")


async def test_a_failed_run_is_retried_from_where_it_stands(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "")
    await fail(roundhouse, run)
    retried = await roundhouse.retry(run.id, by="ann")
    assert (retried.status, retried.error) == ("completed", None)
    assert ("retried", "human", "ann") in await deeds(roundhouse, run.id)
    assert len((await roundhouse.show(run.id)).executions) == 4, "nothing was made again"


async def test_a_retry_may_fail_again_and_goes_on_once_the_cause_is_mended(database_url: str) -> None:
    causes = ["the predicate has no table"]

    def disagree(about: Topic, sent: Team) -> bool:
        if causes:
            raise LookupError(causes[0])
        return False

    shaky = Conflict("shaky", between=(Topic, Team), when=disagree, ladder=(AskHuman(suggest=Topic),))
    async with Roundhouse.open(database_url, catalogue(replace(triage, conflicts=(shaky,)))) as roundhouse:
        run = await start(roundhouse, "")
        assert run.status == "failed"
        chosen = await roundhouse.store.read(chosen_runs, Choice(("failed",), error="no table"))
        [touched] = await several(lambda each: roundhouse.retry(each, by="ann"), chosen, 2)
        assert (touched.result, touched.detail) == ("failed", run.error)
        causes.clear()
        assert (await roundhouse.retry(run.id, by="ann")).status == "completed"
        assert [each[0] for each in await deeds(roundhouse, run.id)].count("retried") == 2


async def test_a_run_that_has_not_failed_is_not_written_down_as_retried(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse)
    assert (await roundhouse.retry(run.id, by="ann")).status == "waiting"
    assert "retried" not in [each[0] for each in await deeds(roundhouse, run.id)]


async def test_a_run_under_another_signature_is_told_to_migrate(roundhouse: Roundhouse, database_url: str) -> None:
    run = await start(roundhouse, "")
    await fail(roundhouse, run)
    async with Roundhouse.open(database_url, catalogue(changed("2"))) as later:
        with pytest.raises(SignatureChanged):
            await later.retry(run.id, by="ann")
        chosen = await later.store.read(chosen_runs, Choice(("failed",)))
        [touched] = await several(lambda each: later.retry(each, by="ann"), chosen, 2)
    assert (touched.result, f"roundhouse migrate {run.id}" in touched.detail) == ("changed", True)
    assert "retried" not in [each[0] for each in await deeds(roundhouse, run.id)]


CHOICES: list[tuple[dict[str, Any], list[str]]] = [
    # of a: waiting, b: failed for want of a disk, c: failed for want of paper, d: completed
    ({}, ["a", "b", "c"]),
    ({"workflow": "triage"}, ["a", "b", "c"]),
    ({"workflow": "other"}, []),
    ({"statuses": ("failed",)}, ["b", "c"]),
    ({"error": "NO DISK"}, ["b"]),
    ({"error": "100%_"}, ["c"]),
    ({"error": "%"}, ["c"]),
    ({"batch": "none"}, []),
    ({"runs": ("a", "c")}, ["a", "c"]),
    ({"runs": ("a",), "statuses": ("waiting",)}, ["a"]),
]


@pytest.mark.parametrize(("given", "cases"), CHOICES, ids=str)
async def test_a_choice_is_what_fits_everything_that_is_given(
    roundhouse: Roundhouse, given: dict[str, Any], cases: list[str]
) -> None:
    runs = {case: await start(roundhouse, "" if case == "d" else "unsure", case) for case in "abcd"}
    await fail(roundhouse, runs["b"])
    await fail(roundhouse, runs["c"], "paper is 100%_ gone")
    chosen = await roundhouse.store.read(chosen_runs, Choice(**{"statuses": CANCELLABLE, **given}))
    assert [run.case_id for run in chosen] == cases


async def test_a_run_that_is_named_and_does_not_fit_is_a_mistake(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "")
    with pytest.raises(UsageError, match=r"is completed\. Here only runs are meant that are failed, and"):
        await roundhouse.store.read(chosen_runs, Choice(("failed",), (run.id,)))
    with pytest.raises(UnknownRun):
        await roundhouse.store.read(chosen_runs, Choice(("failed",), ("nonsense",)))


async def test_a_batch_is_replaced_case_by_case(roundhouse: Roundhouse, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("id,text,trouble\na,x y,unsure\nb,x y,unsure\n")
    await run_batch(roundhouse, path)
    [older] = {run.batch for run in await roundhouse.runs()}
    path.write_text("id,text,trouble\nb,x y,unsure\nc,x y,unsure\n")
    await run_batch(roundhouse, path)
    elsewhere = path.rename(tmp_path / "others.csv")
    await run_batch(roundhouse, elsewhere)
    statuses: tuple[RunStatus, ...] = ("waiting",)
    replaced = await roundhouse.store.read(chosen_runs, Choice(statuses, among="replaced"))
    assert [(run.case_id, run.batch) for run in replaced] == [("b", older)]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    rows = ["a,x y,unsure", "b,x y,unsure", "c,x y,"]
    (tmp_path / "t.csv").write_text("id,text,trouble\n" + "\n".join(rows) + "\n")
    made("run", TRIAGE, "t.csv")
    return made


def test_the_command_shows_what_it_will_touch_and_does_it_on_a_persons_word(shell: Shell) -> None:
    preview = shell("cancel", "--workflow", TRIAGE)
    assert "2 runs will be cancelled." in preview
    assert "Nothing was done. Give --yes to do it." in preview
    looked = shell.json("cancel", "--status", "waiting")
    assert (looked["done"], [run["case_id"] for run in looked["runs"]]) == (False, ["a", "b"])
    assert len(shell.json("inbox")) == 2
    done = shell.json("cancel", "a", "--by", "ann", "--reason", "spam", "--yes")
    [run] = done["runs"]
    assert (done["done"], run["status"], run["result"]) == (True, "waiting", "rejected")
    assert run["detail"] == "cancelled by ann: spam"
    assert "1 rejected" in shell("cancel", "--workflow", TRIAGE, "--yes")
    assert "No runs will be cancelled." in shell("cancel", "--workflow", TRIAGE, "--yes")
    assert shell.json("run", TRIAGE, "t.csv")["rejected"] == 2


def test_a_batch_that_was_run_again_leaves_no_questions_behind(shell: Shell) -> None:
    shell("run", TRIAGE, "t.csv", "--fresh")
    assert len(shell.json("inbox")) == 4
    assert "2 rejected" in shell("cancel", "--replaced", "--yes")
    assert len(shell.json("inbox")) == 2
    assert shell.json("cancel", "--replaced", "--yes") == {"done": True, "runs": []}


def test_a_retry_that_fails_again_is_said_with_status_one(shell: Shell) -> None:
    assert "No runs will be retried." in shell("retry", "--yes")
    [run, _] = (each["run"] for each in shell.json("inbox"))
    database = f"sqlite:///{shell.folder / 'roundhouse.db'}"

    async def broken() -> None:
        async with Roundhouse.open(database, Catalogue({})) as opened:
            await opened.store.write(_fail, run, "no disk")
            await opened.store.write(_move_away, run)

    asyncio.run(broken())
    assert "1 refused" in shell.begin("retry", run, "--yes").communicate(timeout=60)[0]
    shell("retry", run, "--yes", status=1)
    [row] = shell.json("retry", "--reason", "DISK")["runs"]
    assert (row["id"], row["error"], row["result"]) == (run, "no disk", None)


def _move_away(connection: Connection, run: str) -> None:
    connection.execute(text("UPDATE runs SET workflow = 'tests.support.triage:gone' WHERE id = :id"), {"id": run})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("cancel",), "Say which runs"),
        (("cancel", "--status", "completed"), "cannot be cancelled"),
        (("cancel", "c"), "is completed. Here only runs are meant"),
        (("cancel", "nonsense"), "does not exist"),
        (("retry", "a"), "is waiting. Here only runs are meant"),
    ],
)
def test_a_mistake_touches_nothing(shell: Shell, words: tuple[str, ...], says: str) -> None:
    assert says in shell(*words, "--yes", status=2)
    assert len(shell.json("inbox")) == 2
