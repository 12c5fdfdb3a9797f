"""The chain: every way to alter, remove, add or swap rows shows, and erasing what was forgotten does not."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.audit import AuditRow, Deed, Head, Verdict, chained, verified

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DEEDS = [
    Deed(NOW + timedelta(seconds=n), "human", "ann", "approved", f"Score@{n}", {"n": n}, {"n": n + 1}) for n in range(6)
]
HEAD, ROWS = chained(Head(), DEEDS)


def changed(place: int, **values: Any) -> list[AuditRow]:
    return [row.model_copy(update=values) if at == place else row for at, row in enumerate(ROWS)]


def test_a_trail_as_it_was_written_is_whole() -> None:
    assert verified(ROWS, HEAD) == Verdict(6, HEAD.hash)
    assert verified([], Head()).bad == 1


def test_a_trail_goes_on_where_it_ended() -> None:
    head, first = chained(Head(), DEEDS[:2])
    head, second = chained(head, DEEDS[2:])
    assert [row.ordinal for row in (*first, *second)] == [1, 2, 3, 4, 5, 6]
    assert verified([*first, *second], head).is_whole


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize(
    "values",
    [
        {"actor": "eve"},
        {"actor_kind": "agent"},
        {"action": "closed"},
        {"subject": "Score@9"},
        {"at": NOW - timedelta(days=1)},
        {"payload": '{"after":1,"before":0}'},
        {"salt": "0" * 32},
        {"digest": "0" * 64},
        {"hash": "0" * 64},
    ],
    ids=lambda values: next(iter(values)),
)
def test_an_altered_row_is_named(place: int, values: dict[str, Any]) -> None:
    assert verified(changed(place, **values), HEAD).bad == place + 1


@pytest.mark.parametrize("place", range(6))
def test_a_removed_row_is_named(place: int) -> None:
    verdict = verified([row for row in ROWS if row.ordinal != place + 1], HEAD)
    assert (verdict.bad, "missing" in verdict.reason) == (place + 1, True)


def test_rows_that_were_removed_and_renumbered_are_named() -> None:
    rest = [row.model_copy(update={"ordinal": at + 1}) for at, row in enumerate([*ROWS[:2], *ROWS[3:]])]
    assert verified(rest, HEAD).bad == 3


def test_swapped_and_added_rows_are_named() -> None:
    swapped = [ROWS[0], ROWS[2].model_copy(update={"ordinal": 2}), ROWS[1].model_copy(update={"ordinal": 3}), *ROWS[3:]]
    assert verified(swapped, HEAD).bad == 2
    _, more = chained(HEAD, DEEDS[:1])
    assert verified([*ROWS, *more], HEAD).bad == 7


def test_a_chain_that_was_computed_anew_shows_by_a_hash_that_was_kept_elsewhere() -> None:
    head, forged = chained(Head(), [*DEEDS[:5], Deed(NOW, "human", "eve", "approved", "Score@9")])
    assert verified(forged, head).is_whole
    assert verified(forged, head, ROWS[3].hash).bad == 1
    assert verified(ROWS, HEAD, ROWS[3].hash).is_whole


def test_the_run_s_own_end_must_be_that_of_the_trail() -> None:
    assert verified(ROWS[:5], Head(5, ROWS[5].hash)).bad == 5
    assert verified([], HEAD).bad == 1


def test_what_was_forgotten_may_be_erased_and_nothing_else() -> None:
    head, last = chained(HEAD, [Deed(NOW, "human", "ann", "forgotten", "run")])
    erased = [row.model_copy(update={"payload": None, "salt": None}) for row in ROWS]
    assert verified([*erased, *last], head).is_whole
    assert erased[0].change is None
    assert verified(erased, HEAD).bad == 1
    assert verified([*ROWS[:3], erased[3], *ROWS[4:]], HEAD).bad == 4


def test_equal_payloads_have_different_digests() -> None:
    first, second = (chained(Head(), DEEDS[:1])[1][0] for _ in range(2))
    assert first.payload == second.payload
    assert first.digest != second.digest


def test_a_moment_is_the_same_in_every_zone() -> None:
    head, [row] = chained(Head(), DEEDS[:1])
    assert verified([row.model_copy(update={"at": row.at.astimezone(timezone(timedelta(hours=9)))})], head).is_whole


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=5), st.data())
def test_any_change_survives_json_and_any_altered_row_is_found(
    changes: list[tuple[Any, Any]], data: st.DataObject
) -> None:
    head, rows = chained(Head(), [Deed(NOW, "agent", "a", "decided", "X@1", *change) for change in changes])
    again = [AuditRow.model_validate_json(row.model_dump_json()) for row in rows]
    assert verified(again, head).is_whole
    place = data.draw(st.integers(0, len(rows) - 1))
    again[place] = again[place].model_copy(update={"subject": "Y@1"})
    assert verified(again, head).bad == place + 1
