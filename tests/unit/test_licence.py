"""Licences and their break-even: by hand, and held against a count of every number of cases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.licences.break_even import FARTHEST, break_even
from lab.licences.licence import MONTH, Licence, Rent

HOUR = Rent("router", demand=3600, price=100, busiest=1.0)
"""A server that takes 730.5 cases a month."""

EACH = Licence("execution", per_case=0.5)
SEAT = Licence("seat", rents=(HOUR,))


def test_a_server_is_added_when_there_is_no_room_for_another_case() -> None:
    assert HOUR.room == pytest.approx(MONTH / 3600) == pytest.approx(730.5)
    assert [HOUR.servers(cases) for cases in (0, 1, 730, 731, 1461, 1462)] == [1, 1, 1, 2, 2, 3]
    steps = HOUR.steps()
    assert [next(steps) for _ in range(3)] == [731, 1462, 2192]


def test_a_server_that_may_be_half_busy_has_half_the_room() -> None:
    assert Rent("router", demand=3600, price=1, busiest=0.5).room == pytest.approx(365.25)


def test_included_servers_are_paid_with_the_base() -> None:
    pool = Rent("capacity", demand=3600, price=60, busiest=1.0, base=150, included=2)
    assert [pool.charge(cases) for cases in (1, 1461, 1462)] == [150, 150, 210]


def test_the_idle_share_is_what_a_month_has_and_the_cases_do_not_use() -> None:
    assert HOUR.idle(0) == 1
    assert HOUR.idle(365) == pytest.approx(1 - 365 / 730.5)
    assert SEAT.idle_charge(365) == pytest.approx(100 * (1 - 365 / 730.5))
    assert EACH.idle_charge(365) == 0


def test_work_without_time_needs_one_server_and_no_more() -> None:
    nothing = Rent("router", demand=0, price=100, busiest=0.8)
    assert (nothing.servers(FARTHEST), nothing.idle(FARTHEST), list(nothing.steps())) == (1, 1, [])


def test_a_month_price_pays_from_the_first_case_past_the_break_even() -> None:
    # 0.5 a case against 100 a month: the same at 200, cheaper from 201
    found = break_even(EACH, Licence("seat", rents=(Rent("router", 0, 100, 1.0),)))
    assert (found.first, found.changes, found.last) == ("execution", (201,), "seat")


def test_another_seat_turns_it_round_until_it_is_used() -> None:
    # one seat takes 730 cases; the second costs as much as 400 cases do, so from 731 on it takes 801 to pay
    dear = Licence("seat", rents=(Rent("router", 3600, 200, 1.0),))
    found = break_even(EACH, dear)
    assert found.changes[:3] == (401, 731, 801)
    assert found.last == "seat"


def test_a_price_by_the_case_that_is_always_lower_is_never_overtaken() -> None:
    found = break_even(Licence("execution", per_case=0.1), SEAT)
    assert (found.first, found.changes) == ("execution", ())
    assert break_even(SEAT, Licence("second", per_case=0.1)).first == "second"


def test_two_prices_by_the_case_never_cross() -> None:
    found = break_even(EACH, Licence("token", per_case=0.4))
    assert (found.first, found.changes, found.last, found.until) == ("token", (), "token", FARTHEST)


def test_it_is_final_where_further_cases_of_the_cheaper_one_cost_less() -> None:
    assert SEAT.slope == pytest.approx(100 / 730.5)
    assert break_even(EACH, SEAT).is_final
    # so dear a licence pays only after more slots than are looked at
    dear = Licence("capacity", rents=(Rent("capacity", 3600, 100, 1.0, base=1e6, included=1),))
    found = break_even(EACH, dear)
    assert (found.first, found.changes, found.is_final) == ("execution", (), False)
    assert found.until < FARTHEST


def test_licences_that_cost_the_same_have_no_cheaper_one() -> None:
    found = break_even(EACH, Licence("second", per_case=0.5))
    assert (found.first, found.last, found.changes) == (None, None, ())


RENTS = st.builds(
    Rent,
    what=st.just("router"),
    demand=st.floats(10_000, 2_000_000),
    price=st.integers(0, 50).map(float),
    busiest=st.sampled_from((0.5, 0.8, 1.0)),
    base=st.integers(0, 200).map(float),
    included=st.integers(0, 2),
)
LICENCES = st.builds(
    Licence,
    name=st.just("seat"),
    per_case=st.sampled_from((0.0, 0.25, 1.0, 3.0)),
    rents=st.lists(RENTS, max_size=2).map(tuple),
)


@settings(deadline=None)
@given(LICENCES, LICENCES.map(lambda each: Licence("capacity", each.per_case, each.rents)))
def test_a_break_even_is_where_the_charges_cross(one: Licence, other: Licence) -> None:
    found = break_even(one, other)
    winner = found.first
    changes = list(found.changes)
    for cases in range(1, min(found.until, 400) + 1):
        if changes and changes[0] == cases:
            winner = other.name if winner == one.name else one.name
            changes.pop(0)
        left, right = one.charge(cases), other.charge(cases)
        if left != pytest.approx(right):
            assert winner == (one.name if left < right else other.name), cases
