"""The statement of a certificate: what is promised, in plain words, and never more than that."""

import pytest

from state.certificate import ErrorBound
from state.statement import at_most, statement, weakness
from tests.support.certificates import certificate


def test_it_says_how_many_ask_and_how_often_the_others_are_wrong() -> None:
    assert statement(certificate()) == (
        "Of cases like these, at most 10.0% ask a human; of the others, at most 5.8% are wrong. "
        "Both hold together in at least 90 of 100 calibrations."
    )


def test_kinds_of_error_are_told_apart_where_each_is_bounded() -> None:
    kinds = (
        ErrorBound(kind="good leads declined", observed=30, at_most=0.05501),
        ErrorBound(kind="wasted contacts", observed=50, at_most=0.08),
    )
    bounded = certificate(errors=kinds, error_at_most=0.13501)
    assert "at most 5.6% are good leads declined and at most 8.0% wasted contacts, 13.6% wrong" in statement(bounded)
    counted = tuple(each.model_copy(update={"at_most": None}) for each in kinds)
    assert "of the others, at most 8.0% are wrong." in statement(certificate(errors=counted, error_at_most=0.08))


@pytest.mark.parametrize(
    ("share", "words"), [(0.1, "10.0%"), (0.1001, "10.1%"), (0.07, "7.0%"), (0.0, "0.0%"), (1.0, "100.0%")]
)
def test_a_bound_is_rounded_up(share: float, words: str) -> None:
    assert at_most(share) == words


def test_a_bound_that_says_next_to_nothing_is_told() -> None:
    few = certificate(automated=6, errors=(ErrorBound(kind="wrong", observed=1, at_most=0.5818),), error_at_most=0.5818)
    assert weakness(certificate()) is None
    assert "bound on errors is useless: of 6 automated cases 16.7% were wrong, and up to 58.2%" in str(weakness(few))


def test_nothing_is_promised_of_errors_where_nothing_was_automated() -> None:
    none = certificate(automated=0, errors=(), error_at_most=None)
    assert "of the others, nothing can be said." in statement(none)
    assert "nothing is known of their errors" in str(weakness(none))
