"""What two decisions have to have in common to be the same to the lab."""

from datetime import datetime

from lab.simulation.opinion import opinion
from lab.simulation.substance import digest, substance
from state.decision import Decision
from tests.support.run import NOW


class Pull(Decision):
    source: str
    at: datetime


class Meeting(Decision):
    begins: datetime
    pulls: tuple[Pull, ...] = ()


def test_confidence_rationale_and_views_are_beside_it() -> None:
    one = opinion(0)(value=3, confidence=0.2, rationale="why", views={"Part02": 4})
    assert digest(one) == digest(opinion(0)(value=3))
    assert digest(one) != digest(opinion(0)(value=4))
    assert substance(opinion(0), one.model_dump(mode="json")) == {"value": 3}


def test_when_something_was_done_is_beside_it_and_a_moment_that_is_decided_is_not() -> None:
    later = NOW.replace(hour=20)
    one, other = (Meeting(begins=NOW, pulls=(Pull(source="a", at=at),)) for at in (NOW, later))
    assert digest(one) == digest(other)
    assert digest(one) != digest(Meeting(begins=later, pulls=one.pulls))
    assert digest(one) != digest(Meeting(begins=NOW, pulls=(Pull(source="b", at=NOW),)))
