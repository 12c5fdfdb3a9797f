"""The small parts of the service: keys, cursors, ids, and what is offered."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from graphs.catalogue import shipped
from runtime.service.contracts import CaseGiven
from runtime.service.cursor import cursor_of, place_of
from runtime.service.intake import digest_of, run_id
from runtime.service.keys import Keys
from runtime.service.offered import Offered
from runtime.service.problem import Refusal, problem_of
from runtime.service.server import refuse_open
from state.errors import ContractBroken, DatabaseLost, InvalidCase, RoundhouseError, RunBusy, StaleAnswer, UsageError
from state.run import RunRow


def test_a_key_says_who_asks() -> None:
    keys = Keys({"crm": SecretStr("one"), "desk": SecretStr("two")}, "ann")
    assert keys.caller(b"Bearer one") == "crm"
    assert keys.caller(b"bearer  two ") == "desk"
    assert [keys.caller(each) for each in (b"", b"one", b"Basic one", b"Bearer On", b"Bearer \xff")] == [None] * 5


def test_without_keys_everybody_is_the_one_who_serves() -> None:
    assert not Keys({}, "ann")
    assert Keys({}, "ann").caller(b"") == "ann"


def test_an_id_is_of_the_workflow_the_caller_and_the_key() -> None:
    ids = {
        run_id(*each) for each in (("a", "k", "c"), ("a", "k", "d"), ("a", "l", "c"), ("b", "k", "c"), ("ak", "", "c"))
    }
    assert len(ids) == 5
    assert run_id("a", "k", "c") == run_id("a", "k", "c")


def test_a_request_is_known_by_its_content_in_any_order() -> None:
    one, other = CaseGiven(case={"a": 1, "b": "\ud800"}), CaseGiven(case={"b": "\ud800", "a": 1})
    assert digest_of(one) == digest_of(other)
    assert digest_of(one) != digest_of(CaseGiven(case={"a": 1, "b": "\ud800"}, profile="p"))


def test_a_cursor_leads_back_to_its_place() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
    row = RunRow(
        id="api-1 é",
        workflow="triage",
        case_id="t1",
        status="completed",
        batch=None,
        origin=None,
        flagged=False,
        questions=0,
        error=None,
        created_at=at,
        ended_at=None,
        decisions={},
    )
    place = place_of(cursor_of(row))
    assert place is not None
    assert (place.at, place.run) == (at, "api-1 é")


def test_what_the_settings_name_is_offered_beside_what_is_shipped() -> None:
    offered = Offered(shipped(), ["mine:workflow"], ["/etc/leads.toml"])
    assert offered.workflows == ("mine:workflow", "lead-qualification", "data-reporting")
    assert offered.profile("lead-qualification", "/etc/leads.toml") == "/etc/leads.toml"
    assert offered.profile("lead-qualification", "sample") == "sample"
    assert offered.profile("mine:workflow", None) is None
    for workflow, profile in (("mine:workflow", "sample"), ("lead-qualification", "/etc/passwd"), ("os:system", None)):
        with pytest.raises(Refusal):
            offered.profile(workflow, profile)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidCase([("id", "it is\nmissing")]), 422),
        (RunBusy("r", "d", "12:00"), 409),
        (StaleAnswer("q", ()), 409),
        (DatabaseLost("at db.internal"), 503),
        (ContractBroken("somebody", "a secret"), 500),
    ],
)
def test_an_error_becomes_a_problem_in_one_line(error: RoundhouseError, status: int) -> None:
    found = problem_of(error)
    assert found.status == status
    assert not [each for each in ("\n", "internal", "secret") if each in found.detail]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_without_keys_this_machine_may_be_served(host: str) -> None:
    refuse_open(host, has_keys=False)
    refuse_open("0.0.0.0", has_keys=True)
    with pytest.raises(UsageError, match="ROUNDHOUSE_API_KEYS"):
        refuse_open("0.0.0.0", has_keys=False)
