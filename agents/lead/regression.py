"""The regression: how a scorecard's cuts and weights, the fusion and their figures are learned.

A column of numbers is cut where a small entropy tree on that column alone would cut it; then one penalised logistic
regression over all bins and words finds the weights. scikit-learn is needed here and nowhere else, and is imported
when it is used.
"""

import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any

from agents.lead.column import CategoryColumn, Column
from agents.lead.lead import value_of
from agents.lead.scorecard import Bins, Levels, Scorecard, Term
from agents.lead.scorecards import Figures, Fusion
from agents.lead.stakes import log_odds
from state.case import Case
from state.errors import UsageError

MOST_BINS = 16
"""How many bins a column of numbers may get."""

SMALLEST_BIN = 0.005
"""The share of leads that a bin must hold at least."""

FEWEST_IN_BIN = 30
"""The number of leads that a bin must hold at least."""

INVERSE_PENALTY = 0.3
"""scikit-learn's C: how little large weights cost. Below 1, so that rare words stay near 0."""

MISSING = -1
"""The level of a missing value."""


def need_scikit_learn() -> None:
    """Raise ``UsageError`` in one line where scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise UsageError("Fitting needs scikit-learn. Run: pip install scikit-learn") from error


def fit_scorecard(columns: Mapping[str, Column], leads: Sequence[Case], converted: Sequence[bool]) -> Scorecard:
    """The scorecard of the columns on the leads; with no column, the share of converters alone."""
    values = {name: [value_of(lead, name) for lead in leads] for name in columns}
    shapes = {name: _shape(column, values[name], converted) for name, column in columns.items()}
    levels = {name: [_level(shapes[name], value) for value in values[name]] for name in columns}
    weights, intercept = _weights(levels, {name: _size(shape) for name, shape in shapes.items()}, converted)
    return Scorecard(
        intercept=intercept,
        columns={name: _term(shapes[name], weights[name]) for name in columns},
    )


def fit_fusion(analyst: Sequence[float], researcher: Sequence[float], converted: Sequence[bool]) -> Fusion:
    """The fusion of two probabilities, each for the same leads."""
    from sklearn.linear_model import LogisticRegression

    pairs = [[log_odds(one), log_odds(other)] for one, other in zip(analyst, researcher, strict=True)]
    model = LogisticRegression(C=1.0, max_iter=1000).fit(pairs, converted)
    first, second = (round(float(weight), 4) for weight in model.coef_[0])
    return Fusion(intercept=round(float(model.intercept_[0]), 4), analyst=first, researcher=second)


def figures(probabilities: Sequence[float], converted: Sequence[bool]) -> Figures:
    """How good probabilities, 0 to 1, are for leads that were not fitted on."""
    from sklearn.metrics import brier_score_loss, roc_auc_score

    return Figures(
        auc=round(float(roc_auc_score(converted, probabilities)), 4),
        brier=round(float(brier_score_loss(converted, probabilities)), 4),
        calibration_error=round(_calibration_error(probabilities, converted), 4),
    )


Shape = tuple[float, ...] | dict[str, int]
"""The cuts of a column of numbers, or the place of each word."""


def _shape(column: Column, values: Sequence[str | float | None], converted: Sequence[bool]) -> Shape:
    if isinstance(column, CategoryColumn):
        return {word: place for place, word in enumerate(sorted({str(value) for value in values if value is not None}))}
    known = [(float(value), outcome) for value, outcome in zip(values, converted, strict=True) if value is not None]
    return _cuts(known, smallest=max(FEWEST_IN_BIN, int(SMALLEST_BIN * len(values))))


def _cuts(known: Sequence[tuple[float, bool]], smallest: int) -> tuple[float, ...]:
    if len(known) < 2 * smallest:
        return ()
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        criterion="entropy", max_leaf_nodes=MOST_BINS, min_samples_leaf=smallest, random_state=0
    ).fit([[value] for value, _ in known], [outcome for _, outcome in known])
    # The tree goes left where a number is at most the cut; a bin begins at its cut. No data lie on a cut.
    return tuple(
        sorted(
            {
                round(float(cut), 6)
                for cut, feature in zip(tree.tree_.threshold, tree.tree_.feature, strict=True)
                if feature >= 0
            }
        )
    )


def _level(shape: Shape, value: str | float | None) -> int:
    if value is None:
        return MISSING
    if isinstance(shape, dict):
        return shape[str(value)]
    return bisect_right(shape, float(value))


def _size(shape: Shape) -> int:
    return len(shape) if isinstance(shape, dict) else len(shape) + 1


def _weights(
    levels: Mapping[str, Sequence[int]], sizes: Mapping[str, int], converted: Sequence[bool]
) -> tuple[dict[str, list[float]], float]:
    """The centred weights of each column's levels, missing last, and the intercept."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if not levels:
        return {}, round(log_odds(sum(converted) / len(converted)), 4)
    with warnings.catch_warnings():
        # With a column that never varies the solver says so, and goes on with another one that converges.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=INVERSE_PENALTY, solver="newton-cholesky").fit(_design(levels, sizes), converted)
    intercept, rest = float(model.intercept_[0]), [float(weight) for weight in model.coef_[0]]
    weights: dict[str, list[float]] = {}
    for name, size in sizes.items():
        own, rest = rest[: size + 1], rest[size + 1 :]
        seen = Counter(level % (size + 1) for level in levels[name])
        mean = sum(own[level] * count for level, count in seen.items()) / len(converted)
        intercept += mean
        weights[name] = [round(weight - mean, 4) if seen[level] else 0.0 for level, weight in enumerate(own)]
    return weights, round(intercept, 4)


def _design(levels: Mapping[str, Sequence[int]], sizes: Mapping[str, int]) -> Any:
    """One row for each lead, with a 1 for its level in each column; the last level of a column is missing."""
    from scipy.sparse import csr_matrix

    widths = [sizes[name] + 1 for name in levels]
    starts = [sum(widths[:place]) for place in range(len(widths))]
    rows = zip(*levels.values(), strict=True)
    indices = [start + level % width for row in rows for start, level, width in zip(starts, row, widths, strict=True)]
    ends = range(0, len(indices) + 1, len(widths))
    return csr_matrix(([1.0] * len(indices), indices, list(ends)), shape=(len(ends) - 1, sum(widths)))


def _term(shape: Shape, weights: Sequence[float]) -> Term:
    if isinstance(shape, dict):
        return Levels(weights=dict(zip(shape, weights[:-1], strict=True)), missing=weights[-1])
    return Bins(cuts=shape, weights=tuple(weights[:-1]), missing=weights[-1])


def _calibration_error(probabilities: Sequence[float], converted: Sequence[bool]) -> float:
    ranked = sorted(zip(probabilities, converted, strict=True), key=itemgetter(0))
    edges = [round(group * len(ranked) / 10) for group in range(11)]
    groups = [ranked[start:end] for start, end in pairwise(edges) if end > start]
    gaps = [abs(sum(p for p, _ in group) - sum(outcome for _, outcome in group)) for group in groups]
    return sum(gaps) / len(ranked)
