"""A certificate on a real database: which threshold runs get, what is kept of them, and what drift does."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from graphs.catalogue import Catalogue, Entry
from graphs.workflow import Workflow
from runtime.batch import Batch, Selection, Silent
from runtime.budget import SqlBudgets
from runtime.intake import Source
from runtime.roundhouse import Roundhouse
from state.budget import Budget
from state.certificate import Certificate, Demand, ErrorBound, Reference, WhenDrifted
from state.judgement import RIGHT
from state.run import RunRow
from state.sql.certificates import KEY, list_certificates
from state.sql.looks import waited_for
from state.sql.runs import insert_run
from state.sql.tables import judgements, keys, spot_checks
from state.summary import Summary
from tests.support.triage import Ticket, changed, triage


def catalogue(workflow: Workflow = triage) -> Catalogue:
    return Catalogue({"triage": Entry(lambda profile: workflow)})


@pytest.fixture
async def roundhouse(database_url: str) -> AsyncIterator[Roundhouse]:
    async with Roundhouse.open(database_url, catalogue()) as opened:
        # the same cases are drawn, and ties broken the same way, each time
        await opened.store.write(lambda connection: connection.execute(keys.insert().values(name=KEY, secret="a key")))
        yield opened


def certificate(threshold: float = 0.4, when_drifted: WhenDrifted = "keep budget", **changes: Any) -> Certificate:
    """One for the triage, as of cases of which one in twenty was less sure than 0.4."""
    given: dict[str, Any] = {
        "id": "c1",
        "workflow": "triage",
        "signature": triage.signature,
        "issued_at": datetime.now(UTC),
        "source": "tickets.csv",
        "data_digest": "0" * 16,
        "demand": Demand(human_budget=0.1),
        "cases": 400,
        "automated": 380,
        "threshold": threshold,
        "human_at_most": 0.1,
        "human_observed": 0.05,
        "errors": (ErrorBound(kind="wrong", observed=8, at_most=0.05),),
        "error_at_most": 0.05,
        "reference": Reference(
            edges=(0.4, 0.8), counts=(0, 10, 0, 190), quantiles=(*[0.1] * 10, *[0.5] * 10, *[0.9] * 181)
        ),
        "when_drifted": when_drifted,
    }
    return Certificate(**given | changes)


async def start(roundhouse: Roundhouse, case: str, trouble: str = "") -> RunRow:
    return await roundhouse.start("triage", {"id": case, "text": "printer is on fire", "trouble": trouble})


async def judged(roundhouse: Roundhouse) -> dict[str, tuple[Any, ...]]:
    """Of each case: certificate, confidence and whether it asked."""
    columns = [judgements.c[name] for name in ("case_id", "certificate", "confidence", "asked")]
    rows = await roundhouse.store.read(lambda connection: connection.execute(select(*columns)).all())
    return {row.case_id: tuple(row)[1:] for row in rows}


def budget(roundhouse: Roundhouse, workflow: Workflow = triage) -> Budget:
    return SqlBudgets(roundhouse.store, lambda name: workflow).read("triage", None)


def tickets(folder: Path, troubles: Sequence[str]) -> Path:
    path = folder / "tickets.csv"
    path.write_text("id,text,trouble\n" + "".join(f"t{place},x y,{each}\n" for place, each in enumerate(troubles)))
    return path


async def run_batch(roundhouse: Roundhouse, path: Path, concurrency: int = 4) -> tuple[Batch, Summary]:
    batch = Batch(
        roundhouse=roundhouse,
        driver=await roundhouse.driver("triage"),
        source=Source(path, Ticket),
        selection=Selection(),
        concurrency=concurrency,
        meter=Silent(),
    )
    return batch, await batch.run()


async def test_a_run_starts_under_the_certificate_and_its_question_says_so(roundhouse: Roundhouse) -> None:
    before = await start(roundhouse, "before", "unsure")
    await roundhouse.attention.issue(certificate())
    after = await start(roundhouse, "after", "unsure")
    pins = {run.id: (await roundhouse.show(run.id)).pins for run in (before, after)}
    assert (pins[before.id]["threshold"], pins[before.id].get("certificate")) == (0.5, None)
    assert (pins[after.id]["threshold"], pins[after.id]["certificate"]) == (0.4, "c1")
    reasons = [
        review.payload["question"]["reason"] for run in (before, after) for review in await roundhouse.questions(run.id)
    ]
    assert [reason.endswith(" of certificate c1.") for reason in reasons] == [False, True]


async def test_a_confidence_between_both_thresholds_asks_nobody_any_more(roundhouse: Roundhouse) -> None:
    await roundhouse.attention.issue(certificate(threshold=0.1))
    assert (await start(roundhouse, "t1", "unsure")).status == "completed"


async def test_a_judgement_is_kept_once_when_a_run_first_stands_still(roundhouse: Roundhouse) -> None:
    await roundhouse.attention.issue(certificate())
    await start(roundhouse, "sure")
    await start(roundhouse, "otherwise", "disagree")
    run = await start(roundhouse, "unsure", "unsure")
    expected = {"sure": ("c1", 0.9, False), "otherwise": ("c1", None, True), "unsure": ("c1", 0.2, True)}
    assert await judged(roundhouse) == expected
    [review] = await roundhouse.questions(run.id)
    await roundhouse.answer(review.id, "edit", by="ann", value={"team": "day", "confidence": 0.7})
    assert await judged(roundhouse) == expected


async def test_a_fork_is_not_judged(roundhouse: Roundhouse) -> None:
    run = await start(roundhouse, "t1")
    await roundhouse.fork(run.id, {"Topic": {"topic": "roof"}}, by="ann")
    assert list(await judged(roundhouse)) == ["t1"]


async def test_drift_withdraws_the_certificate_everywhere_and_the_policy_keeps_the_budget(
    roundhouse: Roundhouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await roundhouse.attention.issue(certificate())
    assert budget(roundhouse).standing == "standing"
    with caplog.at_level(logging.WARNING):
        batch, summary = await run_batch(roundhouse, tickets(tmp_path, ["unsure"] * 300))
    found = budget(roundhouse)
    assert (found.standing, found.whole and found.whole[1]) == ("withdrawn", 300)
    # since then, the share is within what is promised of the controller
    assert found.asked.of > 200
    assert found.asked.count <= 0.1 * found.asked.of + 60
    assert found.certificate is not None
    assert "c1" in caplog.text
    assert found.certificate.ended_because in found.standing_words
    # all were as unsure as can be: once the threshold had come down to the budget, most of them asked nobody
    assert summary.completed > 150
    pins = (await roundhouse.show((await roundhouse.runs(limit=1))[0].id)).pins
    assert (pins["withdrawn"], "certificate" in pins) == ("c1", False)
    # the same command finds its batch, although the threshold has moved
    again, _ = await run_batch(roundhouse, tmp_path / "tickets.csv")
    assert again.id == batch.id


async def test_the_other_policy_goes_on_asking_more_than_the_budget(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await roundhouse.attention.issue(certificate(when_drifted="ask more"))
    _, summary = await run_batch(roundhouse, tickets(tmp_path, ["unsure"] * 100))
    assert (summary.awaiting_review, budget(roundhouse).standing) == (100, "withdrawn")


async def test_a_certificate_stands_where_cases_are_like_those_it_was_made_of(
    roundhouse: Roundhouse, tmp_path: Path
) -> None:
    await roundhouse.attention.issue(certificate())
    await run_batch(roundhouse, tickets(tmp_path, ["unsure" if place % 20 == 7 else "" for place in range(200)]))
    found = budget(roundhouse)
    assert (found.standing, found.asked.count, found.asked.of) == ("standing", 10, 200)
    low, high = found.asked.within
    assert low < 0.05 < high < 0.2


async def test_those_that_ask_stand_still_first_and_that_is_no_drift(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await roundhouse.attention.issue(certificate())
    path = tickets(tmp_path, ["unsure" if place % 20 == 7 else "" for place in range(200)])
    await run_batch(roundhouse, path, concurrency=100)
    assert (budget(roundhouse).standing, budget(roundhouse).asked.of) == ("standing", 200)


async def test_a_new_certificate_takes_the_place_of_the_one_before(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await roundhouse.attention.issue(certificate())
    await run_batch(roundhouse, tickets(tmp_path, ["unsure"] * 100))
    await roundhouse.attention.issue(certificate(id="c2"))
    assert (budget(roundhouse).standing, budget(roundhouse).asked.of) == ("standing", 0)
    await roundhouse.attention.issue(certificate(id="c3"))
    listed = await roundhouse.store.read(list_certificates)
    assert {each.id: each.status for each in listed} == {"c3": "standing", "c2": "replaced", "c1": "withdrawn"}


async def test_a_certificate_of_another_version_is_not_used_and_what_changed_is_said(database_url: str) -> None:
    async with Roundhouse.open(database_url, catalogue()) as roundhouse:
        await start(roundhouse, "t1")
        await roundhouse.attention.issue(certificate())
    other = changed("2")
    async with Roundhouse.open(database_url, catalogue(other)) as roundhouse:
        run = await start(roundhouse, "t2")
        assert (await roundhouse.show(run.id)).pins["threshold"] == 0.5
        found = budget(roundhouse, other)
    assert (found.standing, found.asked.of) == ("other version", 2)
    assert "specialist topic was 'version 1" in found.standing_words


async def test_what_another_process_has_withdrawn_is_noticed(database_url: str, tmp_path: Path) -> None:
    async with Roundhouse.open(database_url, catalogue()) as one, Roundhouse.open(database_url, catalogue()) as other:
        await one.attention.issue(certificate())
        driver = await other.driver("triage")
        assert (await driver.standard()).threshold == 0.4
        await run_batch(one, tickets(tmp_path, ["unsure"] * 100))
        await other.attention.catch_up()
        found = await other.attention.look("triage", triage.signature)
        assert found is not None
        assert not found.certificate.is_standing


async def test_wrong_outcomes_withdraw_it_too(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await roundhouse.attention.issue(certificate())
    await run_batch(roundhouse, tickets(tmp_path, [""] * 100))
    await roundhouse.store.write(lambda connection: connection.execute(judgements.update().values(error="wrong")))
    await roundhouse.sweep()
    found = budget(roundhouse)
    assert (found.standing, found.wrong.count, found.wrong.of) == ("withdrawn", 100, 100)


async def test_right_outcomes_leave_it_standing(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await roundhouse.attention.issue(certificate())
    await run_batch(roundhouse, tickets(tmp_path, ["unsure" if place % 20 == 7 else "" for place in range(100)]))
    await roundhouse.store.write(lambda connection: connection.execute(judgements.update().values(error=RIGHT)))
    await roundhouse.sweep()
    assert (budget(roundhouse).standing, budget(roundhouse).wrong.of) == ("standing", 95)


async def drawn(roundhouse: Roundhouse) -> set[str]:
    rows = await roundhouse.store.read(lambda connection: connection.execute(select(spot_checks.c.case_id)).scalars())
    return set(rows)


@pytest.mark.parametrize(("share", "expected"), [(0.0, set()), (1.0, {"sure"})])
async def test_spot_checks_are_drawn_of_the_cases_that_no_human_saw(
    database_url: str, share: float, expected: set[str]
) -> None:
    assert triage.escalation is not None
    workflow = replace(triage, escalation=replace(triage.escalation, spot_checks=share))
    async with Roundhouse.open(database_url, catalogue(workflow)) as roundhouse:
        await start(roundhouse, "sure")
        run = await start(roundhouse, "unsure", "unsure")
        [review] = await roundhouse.questions(run.id)
        await roundhouse.answer(review.id, "approve", by="ann")
        assert await drawn(roundhouse) == expected


async def test_a_run_that_takes_very_long_holds_up_no_alarm(roundhouse: Roundhouse, tmp_path: Path) -> None:
    await roundhouse.attention.issue(certificate())
    pins = await (await roundhouse.driver("triage")).pins(datetime.now(UTC))
    hung = {
        "id": "hung",
        "workflow": "triage",
        "signature": triage.signature,
        "case_id": "hung",
        "case_data": {"id": "hung", "text": "x"},
        "pins": pins,
    }
    await roundhouse.store.write(insert_run, hung, "somebody", datetime.now(UTC))
    await run_batch(roundhouse, tickets(tmp_path, ["unsure"] * 200))
    assert budget(roundhouse).standing == "withdrawn"


def test_whoever_is_under_way_is_waited_for_until_too_many_wait() -> None:
    begin = datetime(2026, 7, 1, tzinfo=UTC)
    stood = [begin + timedelta(seconds=place) for place in range(1, 301)]
    soon, late = begin + timedelta(seconds=250.5), begin
    assert waited_for(stood, []) is None
    assert waited_for(stood[:50], [late]) == late
    assert waited_for(stood, [late]) is None
    assert waited_for(stood, [late, soon]) == soon


async def test_a_case_that_is_run_again_is_counted_and_not_bet_on(roundhouse: Roundhouse) -> None:
    await roundhouse.attention.issue(certificate())
    for place in range(30):
        await start(roundhouse, "the same", "unsure")
        await start(roundhouse, f"another {place}", "unsure" if place == 7 else "")
    found = await roundhouse.attention.look("triage", triage.signature)
    assert found is not None
    assert (found.certificate.status, found.watch.cases, found.watch.asked) == ("standing", 60, 31)
    assert found.watch.confidences.steps == 31


async def test_a_run_that_fails_counts_as_one_that_asks(database_url: str) -> None:
    def broken(about: Any, sent: Any) -> bool:
        raise RuntimeError("no compass")

    [conflict] = triage.conflicts
    workflow = replace(triage, conflicts=(replace(conflict, when=broken),))
    async with Roundhouse.open(database_url, catalogue(workflow)) as roundhouse:
        await roundhouse.attention.issue(certificate(signature=workflow.signature))
        assert (await start(roundhouse, "t1")).status == "failed"
        assert await judged(roundhouse) == {"t1": ("c1", None, True)}


async def test_the_certificate_that_was_issued_last_governs_whatever_the_clocks_say(roundhouse: Roundhouse) -> None:
    late = datetime.now(UTC) + timedelta(minutes=5)
    assert await roundhouse.attention.issue(certificate(id="first", issued_at=late)) is None
    assert await roundhouse.attention.issue(certificate(id="second")) == "first"
    run = await start(roundhouse, "t1")
    assert (await roundhouse.show(run.id)).pins["certificate"] == "second"
    assert budget(roundhouse).standing == "standing"
