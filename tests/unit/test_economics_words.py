"""Economics in words: units that fit, and sentences that say what is the case."""

from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest

from lab.economics import economics
from lab.licences.break_even import BreakEven
from lab.licences.economics_words import amount, break_even_words, human_words, limits, paid_words, part, rate
from lab.licences.price_table import PriceTable
from state.human_time import HumanTime
from state.ledger import Ledger, Work
from terminal.economics import CHARACTERS, course
from tests.unit.test_ledger import NOON


@pytest.mark.parametrize(
    ("per_second", "said"),
    [
        (6843.2, "6,843 cases/s"),
        (1.0, "1 cases/s"),
        (0.9, "54 cases/min"),
        (1 / 3600, "1 cases/h"),
        (1 / 86_400, "1 cases/day"),
        (1 / 864_000, "0.1 cases/day"),
        (0.0, "0 cases/day"),
        (inf, "any number of cases"),
    ],
)
def test_a_rate_has_the_unit_in_which_there_is_one_of_them(per_second: float, said: str) -> None:
    assert rate(per_second) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0.0%"), (1e-9, "under 0.1%"), (0.25, "25.0%"), (1 - 1e-9, "over 99.9%"), (1.0, "100.0%")]
)
def test_nearly_none_is_told_from_none(share: float, said: str) -> None:
    assert part(share) == said


def test_amounts_have_as_many_digits_as_say_something() -> None:
    assert (amount(1234.5, "EUR"), amount(0.00012, ""), amount(0.189001, ""), amount(2e6, "EUR")) == (
        "1,234.50 EUR",
        "0.00012",
        "0.189",
        "2,000,000 EUR",
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (BreakEven("execution", "seat", None, (), 9, True), "the same at any number of cases"),
        (BreakEven("execution", "seat", "seat", (), 9, True), "by seat, at any number of cases"),
        (BreakEven("execution", "seat", "seat", (), 9, False), "by seat, at any number of cases (looked at up to 9)"),
        (
            BreakEven("execution", "seat", "execution", (401,), 9, True),
            "by execution below 401 cases a month, by seat from there",
        ),
        (
            BreakEven("execution", "seat", "execution", (401, 731, 801), 9, True),
            "by execution below 401 cases a month, by seat from there; further servers turn it round until 801, and "
            "from there it is by seat",
        ),
    ],
)
def test_a_break_even_is_told_with_both_sides(found: BreakEven, said: str) -> None:
    assert break_even_words(found) == said


WORK = Work("analyst", {"decided": 10}, 10, 50.0, 0.0, 1, (50.0,))


def ledger(**facts: object) -> Ledger:
    given = Ledger(10, NOON, NOON + timedelta(seconds=100), 50.0, (WORK,))
    return replace(given, **facts)  # type: ignore[arg-type]  # as given


def test_what_limits_the_work_is_told_with_what_would_help() -> None:
    told = "\n".join(limits(economics(ledger(), PriceTable())))
    assert "analyst is the bottleneck: a case takes 5.0 s of it, so one server can do at most 12 cases/min" in told
    assert "6 cases/min went through, 50.0% of that" in told
    assert "One more analyst would allow 24 cases/min, 100% more; then it is still the bottleneck" in told
    assert "people" not in told


def test_people_are_told_by_how_their_time_is_known() -> None:
    prices = PriceTable.model_validate({"human": {"minutes_per_answer": 2}})
    asked = HumanTime(answers=3, claimed=1, seconds=90.0, open=1, by_policy=1)
    found = economics(ledger(human=asked), prices)
    assert human_words(found) == (
        "People's work: 7 min 30 s, of 1 min 30 s from claim to answer (1 answer) and of 2 answers that nobody had "
        "claimed, at 2 min declared and of 1 open question, at 2 min declared. Policies answered 1 question."
    )
    assert human_words(economics(ledger(), prices)) == "People were asked nothing."
    assert "Of all, people are the bottleneck: a case takes 45.0 s of theirs" in "\n".join(limits(found))


def test_what_models_charged_is_told_where_there_were_any() -> None:
    assert paid_words(economics(ledger(), PriceTable())) == ""
    called = replace(WORK, model_calls=4, cost=1.5)
    assert "called 4 times; they charged 1.50" in paid_words(economics(ledger(work=(called,)), PriceTable()))


def test_a_course_has_a_bar_for_whatever_is_more_than_nothing() -> None:
    assert course([0.0] * 60) == " " * CHARACTERS
    drawn = course([0.001] * 3 + [1.0] * 3 + [0.0] * 54)
    assert drawn == "▁█" + " " * (CHARACTERS - 2)
