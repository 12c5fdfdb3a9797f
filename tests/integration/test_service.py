"""The service: cases come in once, runs and questions are read, answers are taken, and callers are told."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from runtime.channels.opened import open_channel
from runtime.roundhouse import Roundhouse
from runtime.service.guard import LARGEST
from runtime.service.intake import run_id
from state.run import RunFilter
from state.sql.runs import count_runs, statuses
from tests.support.receivers import WebhookReceiver
from tests.support.service import CATALOGUE, client_of, is_problem, service_of, serving, stands, started, ticket


async def test_a_case_that_comes_in_is_driven_to_its_end(database_url: str) -> None:
    async with serving(database_url) as (_, client):
        answer = await client.post("/workflows/triage/cases", json=ticket(), headers={"Idempotency-Key": "lead 1"})
        assert answer.status_code == 202
        assert answer.headers["location"] == f"/runs/{answer.json()['id']}"
        told = await stands(client, answer.json()["id"], "completed")
        assert told["decisions"]["Team"]["team"] == "printer desk"
        assert (told["case"], told["questions"], told["error"]) == ("t1", [], None)


async def test_the_same_request_again_gives_the_same_run(database_url: str) -> None:
    async with serving(database_url) as (_, client):
        run = await started(client)
        await stands(client, run, "completed")
        again = await client.post("/workflows/triage/cases", json=ticket(), headers={"Idempotency-Key": "k1"})
        assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, run, "completed")


async def test_a_key_that_was_used_for_another_case_is_refused(database_url: str) -> None:
    async with serving(database_url) as (_, client):
        await started(client)
        other = await client.post("/workflows/triage/cases", json=ticket("flag"), headers={"Idempotency-Key": "k1"})
        is_problem(other, 409, "key-used")


async def test_two_callers_with_one_idempotency_key_have_a_run_each(sqlite_url: str) -> None:
    async with serving(sqlite_url) as (_, client):
        theirs = await client.post(
            "/workflows/triage/cases",
            json=ticket(),
            headers={"Idempotency-Key": "k1", "Authorization": "Bearer another-secret"},
        )
        assert theirs.status_code == 202
        assert await started(client) != theirs.json()["id"]


async def test_many_of_the_same_request_at_once_start_one_run(database_url: str) -> None:
    async with serving(database_url) as (roundhouse, client), serving(database_url) as (_, other):
        asked = [
            each.post("/workflows/triage/cases", json=ticket(), headers={"Idempotency-Key": "k1"})
            for each in (client, other) * 8
        ]
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} <= {200, 202}
        assert [answer.status_code for answer in answers].count(202) == 1
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert await roundhouse.store.read(count_runs, RunFilter()) == 1
        await stands(client, answers[0].json()["id"], "completed")


async def test_what_was_taken_in_before_a_crash_goes_on_afterwards(database_url: str) -> None:
    async with Roundhouse.open(database_url, CATALOGUE) as roundhouse:
        # nothing drives here, as after a crash between the acceptance and the driving
        async with client_of(service_of(roundhouse)) as client:
            run = await started(client)
        assert await roundhouse.store.read(statuses, [run]) == {run: "running"}
    async with serving(database_url) as (_, client):
        assert (await stands(client, run, "completed"))["decisions"]["Reply"]


async def test_a_question_is_answered_and_its_run_goes_on(database_url: str) -> None:
    async with serving(database_url) as (_, client):
        run = await started(client, trouble="unsure")
        [question] = (await stands(client, run, "waiting"))["questions"]
        assert question["decisions"] == ["Team"]
        assert question["values"]["Team"]["team"] == "printer desk"
        listed = await client.get("/questions", params={"workflow": "triage", "queue": "default"})
        assert [each["id"] for each in listed.json()["questions"]] == [question["id"]]
        assert (await client.get("/questions", params={"queue": "other"})).json() == {"questions": []}
        given = {"action": "edit", "value": {"team": "night"}}
        answer = await client.post(f"/questions/{question['id']}/answer", json=given)
        assert answer.status_code == 200, answer.text
        assert answer.json()["decisions"]["Team"]["team"] == "night"


@pytest.mark.parametrize(("said", "by"), [({}, "crm"), ({"by": "ben"}, "ben")])
async def test_an_answer_is_by_whom_the_request_speaks_for_or_its_key(
    sqlite_url: str, said: dict[str, str], by: str
) -> None:
    async with serving(sqlite_url) as (roundhouse, client):
        run = await started(client, trouble="unsure")
        [question] = (await stands(client, run, "waiting"))["questions"]
        given = {"action": "approve", **said}
        assert (await client.post(f"/questions/{question['id']}/answer", json=given)).status_code == 200
        assert (await roundhouse.review(question["id"])).answered_by == by


async def test_an_answer_that_cannot_be_taken_says_why(database_url: str) -> None:
    async with serving(database_url) as (roundhouse, client):
        run = await started(client, trouble="unsure")
        [question] = (await stands(client, run, "waiting"))["questions"]
        at = f"/questions/{question['id']}/answer"
        is_problem(await client.post(at, json={"action": "edit", "value": {"team": 3}}), 422, "invalid-answer")
        is_problem(await client.post(at, json={"action": "edit"}), 422, "invalid-answer")
        is_problem(await client.post(at, json={"action": "dance"}), 422, "invalid-request")
        await roundhouse.claim(question["id"], by="ben")
        is_problem(await client.post(at, json={"action": "approve"}), 409, "claimed")
        await roundhouse.release(question["id"], by="ben")
        assert (await client.post(at, json={"action": "approve"})).status_code == 200
        is_problem(await client.post(at, json={"action": "approve"}), 409, "already-answered")
        is_problem(await client.post("/questions/0000/answer", json={"action": "approve"}), 404, "unknown-question")


async def test_a_run_is_read_by_its_whole_id_only(sqlite_url: str) -> None:
    async with serving(sqlite_url) as (_, client):
        run = await started(client)
        for name in (run[:-1], "t1", "api-", "none", "' OR 1=1 --", "%25", "\u202e"):
            is_problem(await client.get(f"/runs/{quote(name)}"), 404, "unknown-run")
        is_problem(await client.get("/runs/..%2f..%2fetc%2fpasswd"), 404, "not-found")


async def test_runs_are_listed_a_page_at_a_time(database_url: str) -> None:
    async with serving(database_url) as (_, client):
        made = [await started(client, str(number)) for number in range(5)]
        found: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = (await client.get("/runs", params={"limit": "2", "workflow": "triage", **after})).json()
            found += [run["id"] for run in page["runs"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert found == made[::-1]
        await stands(client, made[0], "completed")
        listed = await client.get("/runs", params={"status": "completed", "limit": 500})
        assert made[0] in [run["id"] for run in listed.json()["runs"]]


async def test_a_cursor_that_is_none_is_refused(sqlite_url: str) -> None:
    async with serving(sqlite_url) as (_, client):
        for after in ("x", "%%%", "MjAyNQ", "é", "MDAwMS0wMS0wMVQwMDowMDowMCBy"):
            is_problem(await client.get("/runs", params={"after": after}), 422, "invalid-request")


async def test_a_case_that_breaks_its_contract_is_not_taken_in(database_url: str) -> None:
    broken: list[dict[str, Any]] = [
        {"id": "t1", "text": 3},
        {"id": "t1"},
        {"id": "t1", "text": "a\0b"},
        {"id": "t1", "text": "\ud800"},
        {"id": "t1", "text": "x", "trouble": "none such"},
    ]
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    async with serving(database_url) as (roundhouse, client):
        for case in broken:
            sent = json.dumps({"case": case})
            answer = await client.post("/workflows/triage/cases", content=sent, headers=headers)
            assert is_problem(answer, 422, "invalid-case")["errors"]
        assert await roundhouse.store.read(count_runs, RunFilter()) == 0


async def test_what_is_no_request_is_told_in_one_line(sqlite_url: str) -> None:
    headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    async with serving(sqlite_url) as (_, client):
        for body in (b"", b"{", b"[]", b"\xff", b"null", b"[" * 100_000, b'{"case": NaN}'):
            answer = await client.post("/workflows/triage/cases", content=body, headers=headers)
            is_problem(answer, 422, "invalid-request")
        for params in ({"statsu": "failed"}, {"limit": "0"}, {"limit": "x"}, {"status": "none"}):
            is_problem(await client.get("/runs", params=params), 422, "invalid-request")


async def test_only_what_is_offered_is_loaded(sqlite_url: str) -> None:
    async with serving(sqlite_url) as (_, client):
        headers = {"Idempotency-Key": "k1"}
        for name in ("os:system", "tests.support.triage:triage", "..", "triage%00"):
            answer = await client.post(f"/workflows/{name}/cases", json=ticket(), headers=headers)
            assert answer.status_code == 404
        named = {**ticket(), "profile": "/etc/passwd"}
        is_problem(await client.post("/workflows/triage/cases", json=named, headers=headers), 422, "invalid-request")


async def test_what_a_case_must_be_can_be_read(sqlite_url: str) -> None:
    async with serving(sqlite_url) as (_, client):
        listed = await client.get("/workflows")
        assert listed.json() == {"workflows": [{"name": "triage", "profiles": []}]}
        told = (await client.get("/workflows/triage")).json()
        assert set(told["case"]["required"]) == {"id", "text"}
        is_problem(await client.get("/workflows/none"), 404, "unknown-workflow")


async def test_nobody_is_answered_without_a_key(sqlite_url: str) -> None:
    async with serving(sqlite_url) as (_, client):
        for given in (b"", b"Bearer", b"Bearer wrong", b"Basic a-secret", b"a-secret", b"Bearer a-secret2", b"\xe9"):
            answer = await client.get("/runs", headers={b"Authorization": given})
            is_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "a-secret" not in answer.text
        huge = await client.post("/workflows/triage/cases", content=b"x" * (LARGEST + 1), headers={"Authorization": ""})
        assert huge.status_code == 401
        assert (await client.get("/health", headers={"Authorization": ""})).json()["status"] == "ok"


async def test_a_body_that_is_too_large_is_not_read_to_its_end(sqlite_url: str) -> None:
    async def endless() -> Any:
        while True:
            yield b"x" * 100_000

    async with serving(sqlite_url) as (_, client):
        headers = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
        is_problem(await client.post("/workflows/triage/cases", content=endless(), headers=headers), 413, "too-large")


async def test_without_keys_only_this_machine_is_answered(sqlite_url: str) -> None:
    async with serving(sqlite_url, keys={}) as (roundhouse, client):
        assert (await client.get("/runs", headers={"Host": "localhost:8400"})).status_code == 200
        assert (await client.get("/runs", headers={"Host": "[::1]:8400"})).status_code == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "", "[::1].evil.example"):
            is_problem(await client.get("/runs", headers={"Host": host}), 421, "misdirected")
        run = await started(client, trouble="unsure")
        assert run == run_id("triage", "k1", "ann")
        [question] = (await stands(client, run, "waiting"))["questions"]
        await client.post(f"/questions/{question['id']}/answer", json={"action": "approve"})
        assert (await roundhouse.review(question["id"])).answered_by == "ann"


async def test_a_caller_is_told_when_a_run_waits_and_when_it_ends(database_url: str) -> None:
    with WebhookReceiver() as receiver:
        channels = {
            "service": open_channel("service", SecretStr(receiver.url), webhook_secret=SecretStr("whsec_c2VjcmV0"))
        }
        async with serving(database_url, channels=channels, notifies=True) as (roundhouse, client):
            run = await started(client, trouble="unsure")
            [question] = (await stands(client, run, "waiting"))["questions"]
            await client.post(f"/questions/{question['id']}/answer", json={"action": "approve"})
            failed = await started(client, "k2", trouble="raise")
            [asked] = (await stands(client, failed, "waiting"))["questions"]
            await roundhouse.cancel(failed, by="ann")
            # a run that the service did not start tells nobody
            await roundhouse.start("triage", ticket(case="t2")["case"])
            await roundhouse.delivery.drain()
        told = [json.loads(body)["content"] for body in receiver.processed.values()]
        assert sorted((each["run"], each["type"], tuple(each["questions"])) for each in told) == sorted(
            [
                (run, "run.waiting", (question["id"],)),
                (run, "run.completed", ()),
                (failed, "run.waiting", (asked["id"],)),
                (failed, "run.rejected", ()),
            ]
        )
        assert all(request.headers["webhook-signature"] for request in receiver.requests)


async def test_a_fork_of_a_run_tells_its_caller_nothing(sqlite_url: str) -> None:
    with WebhookReceiver() as receiver:
        channels = {"service": open_channel("service", SecretStr(receiver.url))}
        async with serving(sqlite_url, channels=channels, notifies=True) as (roundhouse, client):
            run = await started(client)
            await stands(client, run, "completed")
            await roundhouse.fork(run, {"Team": {"team": "night"}}, by="ann", effects="deliver")
            await roundhouse.delivery.drain()
        assert {json.loads(body)["run"] for body in receiver.processed.values()} == {run}


async def test_a_database_that_is_away_is_said_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from state.errors import DatabaseLost
    from state.sql.store import Store

    async def lost(*_: object, **__: object) -> None:
        raise DatabaseLost("connection to 'db.internal' failed for user 'hub'")

    async with serving(sqlite_url) as (_, client):
        monkeypatch.setattr(Store, "read", lost)
        for path in ("/health", "/runs", "/runs/x", "/questions"):
            answer = await client.get(path)
            is_problem(answer, 503, "database-away")
            assert "internal" not in answer.text
            assert answer.headers["retry-after"]
        monkeypatch.undo()
        assert (await client.get("/runs")).status_code == 200


async def test_a_defect_is_told_without_what_it_was(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret")

    async with serving(sqlite_url) as (roundhouse, client):
        monkeypatch.setattr(roundhouse, "inbox", broken)
        answer = await client.get("/questions")
        is_problem(answer, 500, "defect")
        assert "secret" not in answer.text + caplog.text
        assert "ZeroDivisionError" in caplog.text
