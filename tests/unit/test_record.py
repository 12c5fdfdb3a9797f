from typing import Any

import pytest

from state.record import Maker, Record
from tests.support.run import NOW

ANALYST, ROUTER = Maker(kind="agent", name="analyst"), Maker(kind="agent", name="router")
ANN, BEN = Maker(kind="human", name="ann"), Maker(kind="human", name="ben")


def record(**changes: Any) -> Record:
    fields = {"decision": "Score", "version": 1, "outcome": "decided", "maker": ANALYST, "value": {"probability": 0.5}}
    return Record.model_validate({**fields, "built_from": {}, "made_at": NOW, **changes})


@pytest.mark.parametrize(
    ("later", "earlier", "renews"),
    [
        # the same agent, the same value
        ({}, {}, True),
        # built from other versions, after more notes: still the same value
        ({"built_from": {"Check": 2}, "notes_seen": 3}, {}, True),
        # any two humans count as one maker
        ({"maker": BEN}, {"maker": ANN}, True),
        # another value
        ({"value": {"probability": 0.6}}, {}, False),
        # another agent
        ({"maker": ROUTER}, {}, False),
        # a human says what an agent said: now it is a human's word
        ({"maker": ANN}, {}, False),
        # an agent says what a human said: it was released
        ({}, {"maker": ANN}, False),
        # escalated twice: the second time is another one
        ({"outcome": "escalated", "value": None}, {"outcome": "escalated", "value": None}, False),
        # failed twice
        ({"outcome": "failed", "value": None}, {"outcome": "failed", "value": None}, False),
    ],
)
def test_only_an_equal_value_by_the_same_maker_renews(
    later: dict[str, Any], earlier: dict[str, Any], renews: bool
) -> None:
    assert record(**later).renews(record(**earlier)) is renews


@pytest.mark.parametrize(
    ("value", "confidence"),
    [
        # nothing was decided
        (None, None),
        # said
        ({"confidence": 0.3}, 0.3),
        # not said
        ({}, 1.0),
    ],
)
def test_the_confidence_is_that_of_the_value(value: dict[str, Any] | None, confidence: float | None) -> None:
    assert record(value=value).confidence == confidence
