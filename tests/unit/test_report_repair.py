"""The repair: a sentence that is read as it is written, and refused with the forms where it is none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.report.repair import FORMS, Repair, RepairKind

DAY = date(2009, 3, 4)


@pytest.mark.parametrize(
    ("text", "repair"),
    [
        ("pull 2009-03-04 to 2009-03-06 of EUR from ecb", Repair("pull", "ecb", "EUR", DAY, date(2009, 3, 6))),
        ("pull 2009-03-04 of EUR from ecb", Repair("pull", "ecb", "EUR", DAY, DAY)),
        ("pull everything from ecb", Repair("pull", "ecb")),
        ("invert EUR from ecb", Repair("invert", "ecb", "EUR")),
        (
            "multiply EUR from ecb before 2009-03-04 by 0.001",
            Repair("multiply", "ecb", "EUR", before=DAY, factor=0.001),
        ),
        ("drop 2009-03-04 of every series from ecb", Repair("drop", "ecb", None, DAY, DAY)),
        ("keep the last of 2009-03-04 of EUR from ecb", Repair("keep the last", "ecb", "EUR", DAY, DAY)),
        ("keep the first of EUR from ecb", Repair("keep the first", "ecb", "EUR")),
        ('invert "a b" from "c d"', Repair("invert", "c d", "a b")),
        ("invert EUR from ecb (as (said), 3)", Repair("invert", "ecb", "EUR", why="as (said), 3")),
    ],
)
def test_a_sentence_is_read_as_it_is_written(text: str, repair: Repair) -> None:
    assert (Repair.parse(text), str(repair)) == (repair, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("please have another look", "in one of these forms"),
        ("multiply EUR from ecb", "needs a factor"),
        ("multiply EUR from ecb by 0", "must be a number other than 0"),
        ("multiply EUR from ecb by 1e999", "must be a number other than 0"),
        ("multiply EUR from ecb by 1.2.3", "could not convert"),
        ("invert EUR from ecb by 2", "takes no factor"),
        ("drop EUR from ecb", "needs the days"),
        ("pull 2009-03-06 to 2009-03-04 of EUR from ecb", "ends before it begins"),
        ("pull 2009-02-30 of EUR from ecb", "day"),
    ],
)
def test_what_is_no_repair_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Repair.parse(text)


def test_every_form_that_is_offered_can_be_asked_for() -> None:
    words = {"DAY": "2009-03-04", "SERIES": "EUR", "SOURCE": "ecb", "FACTOR": "10"}
    for form in FORMS:
        for name, word in words.items():
            form = form.replace(name, word)
        assert Repair.parse(form).source == "ecb"


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=20)


@given(
    st.sampled_from(["pull", "invert", "keep the first", "keep the last"]),
    names,
    st.none() | names,
    st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
)
def test_any_name_comes_back(kind: RepairKind, source: str, series: str | None, day: date | None) -> None:
    repair = Repair(kind, source, series, day, day)
    assert Repair.parse(str(repair)) == repair
