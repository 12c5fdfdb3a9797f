"""Fitting scorecards to labelled leads: what is learned, what is kept, and what is refused."""

import random
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from agents.lead.fit import fit, fit_file
from agents.lead.labelled import Labelled, labelled_leads
from agents.lead.profile import Attention, LeadProfile, load_profile
from agents.lead.regression import figures, fit_fusion, fit_scorecard
from agents.lead.scorecard import Bins, Levels
from agents.lead.scorecards import Scorecards, load_scorecards
from agents.lead.stakes import probability_of
from data.make_leads import HERE, SEED, make_leads, write
from state.errors import UsageError

SAMPLE = load_profile("sample")
TODAY = date(2026, 1, 2)


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    return labelled_leads(SAMPLE, make_leads(1000, seed=11))


@pytest.fixture(scope="module")
def fitted(labelled: Labelled) -> Scorecards:
    return fit(SAMPLE, labelled, seed=3, today=TODAY)


def test_the_shipped_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    write(make_leads(500, SEED), tmp_path / "leads.csv")
    assert (tmp_path / "leads.csv").read_bytes() == (HERE / "leads.csv").read_bytes()


def test_a_fit_says_what_it_was_made_from(fitted: Scorecards) -> None:
    assert (fitted.profile, fitted.seed, fitted.fitted, fitted.fitted_on) == ("sample", 3, TODAY, 500)
    assert fitted.held_out.leads == 500
    assert set(fitted.analyst.columns) == set(SAMPLE.scored("client"))
    assert set(fitted.researcher.columns) == set(SAMPLE.scored("context"))


def test_the_held_out_figures_are_better_than_chance_and_best_together(fitted: Scorecards) -> None:
    found = fitted.held_out
    assert min(found.analyst.auc, found.researcher.auc) > 0.6
    assert max(found.analyst.auc, found.researcher.auc) < found.fused.auc
    assert found.fused.calibration_error < 0.1


def test_the_flagged_and_the_human_share_keep_to_what_the_profile_declares(fitted: Scorecards) -> None:
    assert 0.08 < fitted.held_out.flagged_share < 0.22
    assert 0.03 < fitted.held_out.human_share < 0.13


def test_the_same_leads_and_seed_give_the_same_scorecards(labelled: Labelled, fitted: Scorecards) -> None:
    assert fit(SAMPLE, labelled, seed=3, today=TODAY) == fitted
    assert fit(SAMPLE, labelled, seed=4, today=TODAY) != fitted


def test_no_outcome_of_the_held_out_half_is_learned_from(labelled: Labelled, fitted: Scorecards) -> None:
    learned, _ = labelled.halves(3)
    known = {lead.id for lead in learned.leads}
    turned = tuple(
        outcome if lead.id in known else not outcome
        for lead, outcome in zip(labelled.leads, labelled.converted, strict=True)
    )
    again = fit(SAMPLE, Labelled(labelled.leads, turned), seed=3, today=TODAY)
    assert again.model_copy(update={"held_out": fitted.held_out}) == fitted


def test_a_larger_share_for_humans_gives_a_higher_threshold(labelled: Labelled, fitted: Scorecards) -> None:
    generous = SAMPLE.model_copy(update={"attention": Attention(human_share=0.3)})
    assert fit(generous, labelled, seed=3, today=TODAY).threshold > fitted.threshold


def test_where_conflicts_alone_use_up_the_human_share_nothing_else_is_asked(labelled: Labelled) -> None:
    strict = SAMPLE.model_copy(update={"attention": Attention(human_share=0.01)})
    assert fit(strict, labelled, seed=3, today=TODAY).threshold == 0


def test_without_any_public_context_the_analyst_decides(labelled: Labelled) -> None:
    alone = {name: column for name, column in SAMPLE.columns.items() if column.role != "context"}
    blind = SAMPLE.model_copy(update={"columns": alone})
    cards = fit(blind, labelled, seed=3)
    assert cards.researcher.columns == {}
    assert cards.held_out.researcher.auc == 0.5
    assert cards.held_out.fused.auc == pytest.approx(cards.held_out.analyst.auc, abs=1e-3)


def test_a_steep_column_gets_bins_that_follow_it_and_centred_weights(labelled: Labelled) -> None:
    visits = SAMPLE.columns["visits"]
    converted = [vars(lead)["visits"] > 5 for lead in labelled.leads]
    card = fit_scorecard({"visits": visits}, labelled.leads, converted)
    bins = card.columns["visits"]
    assert isinstance(bins, Bins)
    assert 5.5 in bins.cuts
    assert bins.weight(5) < -1 < 1 < bins.weight(6)
    weights = [bins.weight(vars(lead)["visits"]) for lead in labelled.leads]
    assert sum(weights) / len(weights) == pytest.approx(0, abs=1e-3)


def test_missing_values_are_a_level_and_unseen_words_weigh_nothing(labelled: Labelled) -> None:
    converted = [vars(lead)["budget"] is None for lead in labelled.leads]
    columns = {name: SAMPLE.columns[name] for name in ("budget", "country")}
    card = fit_scorecard(columns, labelled.leads, converted)
    budget, country = card.columns["budget"], card.columns["country"]
    assert budget.missing > 1
    assert isinstance(country, Levels)
    assert (country.weight("ZZ"), country.missing) == (0, 0)


def test_the_fusion_recovers_how_two_scores_were_put_together() -> None:
    chance = random.Random(5)
    pairs = [(chance.gauss(-1, 1.5), chance.gauss(-1, 1.5)) for _ in range(20_000)]
    converted = [chance.random() < probability_of(0.3 + 0.5 * one + 0.9 * other) for one, other in pairs]
    fusion = fit_fusion([probability_of(one) for one, _ in pairs], [probability_of(two) for _, two in pairs], converted)
    assert (fusion.intercept, fusion.analyst, fusion.researcher) == pytest.approx((0.3, 0.5, 0.9), abs=0.06)


def test_figures_do_not_depend_on_the_order_of_ties() -> None:
    outcomes = [True] * 10 + [False] * 90
    random.Random(1).shuffle(outcomes)
    found = figures([0.1] * 100, outcomes)
    assert (found.auc, found.brier) == (0.5, 0.09)
    assert found.calibration_error < 0.1


def test_a_file_is_fitted_beside_its_profile_and_a_run_reads_it(tmp_path: Path) -> None:
    profile = beside(tmp_path)
    write(make_leads(400, 6), tmp_path / "labelled.csv")
    done = fit_file(profile, tmp_path / "labelled.csv", seed=1)
    assert done.path == tmp_path / "mine.scorecard.toml"
    assert load_scorecards(profile) == done.scorecards
    other = fit_file(profile, tmp_path / "labelled.csv", tmp_path / "other.toml", seed=1)
    assert (other.path, other.scorecards) == (tmp_path / "other.toml", done.scorecards)


def test_rows_that_break_the_contract_or_have_no_outcome_are_left_out_with_the_reason() -> None:
    rows = [dict(row) for row in make_leads(3, 1)]
    rows[0] |= {"employees": "many"}
    rows[1] |= {"converted": "unknown"}
    found = labelled_leads(SAMPLE, rows)
    assert len(found) == 1
    assert found.left_out == (
        "row 1: employees: Input should be a valid integer, unable to parse string as an integer",
        "row 2: converted: no outcome",
    )


def test_a_file_without_the_label_column_is_refused() -> None:
    rows = [{name: value for name, value in row.items() if name != "converted"} for row in make_leads(2, 1)]
    with pytest.raises(UsageError, match="no label column 'converted' in row 1; its columns are lead_id"):
        labelled_leads(SAMPLE, rows)


def test_too_few_leads_are_refused() -> None:
    with pytest.raises(UsageError, match=r"99 labelled leads are too few, 0 rows were left out. Give at least 100"):
        fit(SAMPLE, labelled_leads(SAMPLE, make_leads(99, 1)))


def test_rows_that_were_all_left_out_are_said_so_with_a_reason() -> None:
    rows = [{**row, "visits": "x"} for row in make_leads(120, 1)]
    with pytest.raises(UsageError, match=r"120 rows were left out \(row 1: visits"):
        fit(SAMPLE, labelled_leads(SAMPLE, rows))


@pytest.mark.parametrize("converted", [True, False])
def test_leads_of_one_outcome_are_refused(labelled: Labelled, converted: bool) -> None:
    alike = Labelled(labelled.leads, (converted,) * len(labelled))
    with pytest.raises(UsageError, match=r"of 1000 leads have 'converted' = 'yes'. Give at least 16"):
        fit(SAMPLE, alike)


def test_a_half_without_enough_converters_is_refused(labelled: Labelled) -> None:
    learned, _ = labelled.halves(0)
    all_in_one = {lead.id for lead in learned.leads[:40]}
    uneven = Labelled(labelled.leads, tuple(lead.id in all_in_one for lead in labelled.leads))
    with pytest.raises(UsageError, match=r"0 of the 500 leads in a half converted.*another seed than 0"):
        fit(SAMPLE, uneven, seed=0)


def test_without_scikit_learn_the_command_to_install_it_is_said(
    monkeypatch: pytest.MonkeyPatch, labelled: Labelled
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(UsageError, match="pip install scikit-learn"):
        fit(SAMPLE, labelled)


def test_halves_hold_every_lead_once(labelled: Labelled) -> None:
    one, other = labelled.halves(9)
    ids = [lead.id for lead in (*one.leads, *other.leads)]
    assert len(one) == len(other) == 500
    assert sorted(ids) == sorted(lead.id for lead in labelled.leads)
    assert ids[:500] != [lead.id for lead in labelled.leads[:500]]


def beside(folder: Path) -> LeadProfile:
    """The sample's profile, copied as a user would."""
    (folder / "mine.toml").write_text(SAMPLE.path.read_text())
    return load_profile(folder / "mine.toml")


@pytest.fixture(autouse=True)
def _nothing_is_written_into_the_package() -> Iterator[None]:
    before = SAMPLE.scorecards_path.read_bytes()
    yield
    assert SAMPLE.scorecards_path.read_bytes() == before
