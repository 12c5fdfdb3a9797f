"""Scorecards, the stakes, the fusion and the flag, and their file."""

import math
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.lead.profile import LeadProfile, load_profile, shipped_profiles
from agents.lead.scorecard import Bins, Levels, Score, Scorecard
from agents.lead.scorecards import FlagRule, Fusion, Scorecards, agreement, load_scorecards
from agents.lead.stakes import Stakes, log_odds, probability_of
from agents.lead.toml_text import toml_text
from state.case import Case
from state.errors import InvalidProfile

SAMPLE = load_profile("sample")
STAKES = Stakes(value=5, cost=1, currency="EUR")
probabilities = st.floats(0, 1)


class Boat(Case):
    length: float | None
    harbour: str | None


CARD = Scorecard(
    intercept=-2.0,
    columns={
        "length": Bins(cuts=(10, 20), weights=(-0.5, 0.02, 1.0), missing=0.3),
        "harbour": Levels(weights={"Kiel": 0.4, "Riga": -0.4}, missing=-0.1),
    },
)


def boat(length: float | None = 12, harbour: str | None = "Kiel") -> Boat:
    return Boat(id="b", length=length, harbour=harbour)


@pytest.fixture
def score() -> Callable[[Case], Score]:
    columns = SAMPLE.columns
    return CARD.scorer({"length": columns["budget"], "harbour": columns["country"]})


@pytest.mark.parametrize(
    ("length", "weight"),
    [
        (9.9, -0.5),  # below the first cut
        (10, 0.02),  # a cut belongs to the bin above it
        (19.9, 0.02),
        (20, 1.0),
        (1e9, 1.0),
        (None, 0.3),  # missing is a level of its own
    ],
)
def test_a_number_weighs_what_its_bin_weighs(length: float | None, weight: float) -> None:
    assert CARD.columns["length"].weight(length) == weight


def test_a_word_that_was_never_seen_weighs_nothing() -> None:
    levels = CARD.columns["harbour"]
    assert [levels.weight(word) for word in ("Kiel", "Oslo", None)] == [0.4, 0.0, -0.1]


def test_the_score_is_the_intercept_and_all_weights(score: Callable[[Case], Score]) -> None:
    assert CARD.log_odds(boat()) == pytest.approx(-2.0 + 0.02 + 0.4)
    assert score(boat()).probability == pytest.approx(probability_of(-1.58))


def test_a_rationale_names_the_columns_that_moved_the_score_most(score: Callable[[Case], Score]) -> None:
    found = score(boat(25, "Riga"))
    assert [(factor.column, factor.log_odds) for factor in found.factors] == [("length", 1.0), ("harbour", -0.4)]
    assert found.reasons() == "a budget of 25 thousand EUR (+1.0) raises it; from Riga (−0.4) lowers it"


def test_columns_that_hardly_moved_the_score_are_not_named(score: Callable[[Case], Score]) -> None:
    assert score(boat(12, "Oslo")).reasons() == ""
    assert score(boat(None, "Kiel")).reasons() == "from Kiel (+0.4) and no budget named (+0.3) raise it"


def test_bins_need_one_weight_more_than_cuts_and_ascending_cuts() -> None:
    with pytest.raises(ValidationError, match="cuts must ascend"):
        Bins(cuts=(1, 2), weights=(0, 0))
    with pytest.raises(ValidationError, match="cuts must ascend"):
        Bins(cuts=(2, 1), weights=(0, 0, 0))


def test_a_lead_is_contacted_above_break_even() -> None:
    assert [STAKES.lane(p) for p in (0.19, 0.2, 0.21)] == ["decline", "decline", "contact"]
    assert STAKES.expected_value(0.3) == pytest.approx(0.5)


def test_the_confidence_is_least_at_break_even_and_full_where_nothing_is_left_to_know() -> None:
    assert [round(STAKES.confidence(p), 9) for p in (0, 0.2, 1)] == [1, 0, 1]
    assert STAKES.confidence(0.1) == pytest.approx(0.5)
    assert STAKES.confidence(0.6) == pytest.approx(0.5)


@given(probabilities)
def test_at_twice_the_cost_the_confidence_is_the_ordinary_one(p: float) -> None:
    assert Stakes(value=2, cost=1, currency="EUR").confidence(p) == pytest.approx(abs(2 * p - 1), abs=1e-9)


@given(probabilities, st.floats(0.01, 1e6), st.floats(1.01, 1e4))
def test_the_confidence_is_always_between_0_and_1(p: float, cost: float, times: float) -> None:
    assert 0 <= Stakes(value=cost * times, cost=cost, currency="EUR").confidence(p) <= 1


def test_log_odds_are_finite_at_both_ends() -> None:
    assert log_odds(0) == pytest.approx(-log_odds(1))
    assert math.isfinite(log_odds(0))
    assert [probability_of(odds) for odds in (-1e9, 0, 1e9)] == pytest.approx([0, 0.5, 1])


def test_the_fusion_weighs_the_log_odds_of_both() -> None:
    fusion = Fusion(intercept=0.5, analyst=0.4, researcher=0.8)
    assert fusion.probability(0.5, 0.5) == pytest.approx(probability_of(0.5))
    assert fusion.probability(0.9, 0.5) == pytest.approx(probability_of(0.5 + 0.4 * log_odds(0.9)))


def test_agreement_is_the_nearer_distance_from_break_even_and_negative_across_it() -> None:
    near, far = log_odds(0.3) - log_odds(0.2), log_odds(0.6) - log_odds(0.2)
    assert agreement(0.6, 0.3, 0.2) == agreement(0.3, 0.6, 0.2) == pytest.approx(near)
    assert agreement(0.6, 0.2, 0.2) == pytest.approx(0)
    below = log_odds(0.2) - log_odds(0.01)
    assert agreement(0.6, 0.01, 0.2) == pytest.approx(-min(far, below))
    assert agreement(0.1, 0.01, 0.2) == pytest.approx(log_odds(0.2) - log_odds(0.1))


def test_a_margin_flags_what_does_not_clearly_agree() -> None:
    strict, lax = FlagRule(margin=0.4), FlagRule(margin=-0.4)
    assert [strict.flags(0.25, p, 0.2) for p in (0.1, 0.25, 0.6)] == [True, True, True]
    assert [strict.flags(0.5, p, 0.2) for p in (0.1, 0.25, 0.6)] == [True, True, False]
    assert [lax.flags(0.25, p, 0.2) for p in (0.01, 0.25)] == [False, False]
    assert lax.flags(0.5, 0.01, 0.2)


def test_a_flag_lowers_the_confidence() -> None:
    rule = FlagRule(margin=0, discount=0.1)
    assert [rule.confidence(0.5, flagged) for flagged in (False, True)] == [0.5, pytest.approx(0.45)]


@pytest.mark.parametrize("name", shipped_profiles())
def test_shipped_scorecards_fit_their_profile_and_come_back_from_their_file(name: str, tmp_path: Path) -> None:
    profile = load_profile(name)
    cards = load_scorecards(profile)
    cards.save(tmp_path / "again.toml")
    again = load_scorecards(profile, tmp_path / "again.toml")
    assert (again, again.digest()) == (cards, cards.digest())
    assert (tmp_path / "again.toml").read_text() == profile.scorecards_path.read_text()


def dearer(profile: LeadProfile) -> LeadProfile:
    return profile.model_copy(update={"stakes": Stakes(value=4000, cost=600, currency="EUR")})


def without_visits(profile: LeadProfile) -> LeadProfile:
    return profile.model_copy(update={"columns": {k: v for k, v in profile.columns.items() if k != "visits"}})


def retyped(profile: LeadProfile) -> LeadProfile:
    return profile.model_copy(update={"columns": {**profile.columns, "visits": profile.columns["country"]}})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (dearer, "fitted for a value of 3000 and a cost of 600 EUR, and it has 4000 and 600 EUR"),
        (without_visits, "the analyst's columns differ in visits"),
        (retyped, "the analyst's column visits has another type"),
    ],
)
def test_scorecards_of_another_profile_are_refused(change: Callable[[LeadProfile], LeadProfile], said: str) -> None:
    with pytest.raises(InvalidProfile, match=f"do not fit the profile 'sample': .*{said}.*roundhouse fit"):
        load_scorecards(change(SAMPLE), SAMPLE.scorecards_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("x = ", "are not TOML"),
        ("x = 1", "Field required"),
    ],
)
def test_scorecards_that_cannot_be_read_say_how_to_make_them(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "cards.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidProfile, match=f"(?s){said}.*Run: roundhouse fit") as refused:
        load_scorecards(SAMPLE, path)
    assert "\n" not in str(refused.value)


def test_scorecards_that_cannot_be_written_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match="cannot be written"):
        load_scorecards(SAMPLE).save(tmp_path / "none" / "cards.toml")


def test_the_digest_changes_with_a_coefficient() -> None:
    cards = load_scorecards(SAMPLE)
    changed: Scorecards = cards.model_copy(update={"threshold": 0.5})
    assert cards.digest() != changed.digest()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False),
    texts,
    st.dates(),
)
tables = st.recursive(
    st.dictionaries(texts, st.one_of(values, st.lists(values, max_size=3)), max_size=4),
    lambda inner: st.dictionaries(texts, st.one_of(values, inner), max_size=3),
    max_leaves=8,
)


@given(tables)
def test_toml_that_is_written_is_read_back_the_same(content: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(content)) == content


def test_toml_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(TypeError, match="cannot be written as TOML"):
        toml_text({"a": None})
    assert (
        toml_text({"on": date(2026, 1, 2), "b.c": {"d": (1.5, "x")}}) == 'on = 2026-01-02\n\n["b.c"]\nd = [1.5, "x"]\n'
    )


def test_a_score_is_a_frozen_value(score: Callable[[Case], Score]) -> None:
    found = score(boat())
    assert replace(found, factors=()) != found
