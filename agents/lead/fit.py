"""The fit: from labelled leads to the scorecards of a profile.

A random half of the leads is learned from, the other half is held out and used for nothing but the figures. The
learning half is scored in folds, each by scorecards that have not seen it (cross-fitting), so that a scorecard gets no
credit for knowing its own leads by heart. On those scores the fusion is fitted; then, without looking at an outcome,
the flag's margin is set so that the declared share is flagged, and last the threshold, so that the declared human
share is kept for all reasons together. The scorecards that are written are fitted on the whole learning half.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from agents.lead.labelled import Labelled, labelled_leads
from agents.lead.profile import LeadProfile
from agents.lead.regression import figures, fit_fusion, fit_scorecard, need_scikit_learn
from agents.lead.scorecard import Scorecard
from agents.lead.scorecards import FlagRule, Fusion, HeldOut, Scorecards, agreement
from agents.lead.source import read_rows
from agents.lead.stakes import probability_of
from state.errors import UsageError

FEWEST_LEADS = 100
"""Fewer labelled leads are not fitted on."""

FOLDS = 4
"""How many parts the fitted half is cross-fitted in."""

BATCH = 1000
"""The size of a batch, in leads, whose human share has one standard error of room below the limit."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What ``roundhouse fit`` did."""

    scorecards: Scorecards
    path: Path
    """The file that was written."""
    left_out: tuple[str, ...]
    """Why rows were left out, one text for each."""


def fit_file(profile: LeadProfile, labelled: Path, out: Path | None = None, seed: int = 0) -> Fit:
    """Fit to a labelled file and write the scorecards, beside the profile where no path is given.

    Raises ``UsageError`` in one line for a file that cannot be fitted on.
    """
    need_scikit_learn()
    leads = labelled_leads(profile, read_rows(labelled, profile.delimiter))
    scorecards = fit(profile, leads, seed=seed)
    path = out or profile.scorecards_path
    scorecards.save(path)
    return Fit(scorecards, path, leads.left_out)


def fit(profile: LeadProfile, labelled: Labelled, *, seed: int = 0, today: date | None = None) -> Scorecards:
    """The scorecards of a profile from labelled leads; the same for the same leads and seed.

    Raises ``UsageError`` for fewer than 100 leads, and where too few of them did or did not convert.
    """
    need_scikit_learn()
    _check(profile, labelled)
    fitted, held_out = labelled.halves(seed)
    _check_half(fitted, seed)
    _check_half(held_out, seed)
    analyst, researcher = _cards(profile, fitted)
    analyst_scores, researcher_scores = _cross_fitted(profile, fitted)
    fusion = fit_fusion(analyst_scores, researcher_scores, fitted.converted)
    learning = _fused(fusion, analyst_scores, researcher_scores)
    flag = _flag_rule(profile, learning)
    threshold = _threshold(profile, learning, flag, fitted)
    unseen = _fused(fusion, _probabilities(analyst, held_out), _probabilities(researcher, held_out))
    return Scorecards(
        profile=profile.name,
        fitted=today or datetime.now(UTC).date(),
        seed=seed,
        fitted_on=len(fitted),
        terms=profile.source.terms if profile.source else "",
        threshold=threshold,
        stakes=profile.stakes,
        fusion=fusion,
        flag=flag,
        held_out=_held_out(profile, unseen, flag, threshold, held_out),
        analyst=analyst,
        researcher=researcher,
    )


@dataclass(frozen=True, slots=True)
class _Scores:
    """Probabilities of the same leads, 0 to 1."""

    analyst: list[float]
    researcher: list[float]
    fused: list[float]


def _check(profile: LeadProfile, labelled: Labelled) -> None:
    found, why = len(labelled), f" ({labelled.left_out[0]})" if labelled.left_out else ""
    if found < FEWEST_LEADS:
        raise UsageError(
            f"{found} labelled leads are too few, {len(labelled.left_out)} rows were left out{why}. "
            f"Give at least {FEWEST_LEADS}."
        )
    won = sum(labelled.converted)
    fewest = 4 * FOLDS
    if min(won, found - won) < fewest:
        raise UsageError(
            f"{won} of {found} leads have {profile.label.column!r} = {profile.label.positive!r}. "
            f"Give at least {fewest} that have and {fewest} that have not, or mend [label] of the profile."
        )


def _check_half(half: Labelled, seed: int) -> None:
    won = sum(half.converted)
    if min(won, len(half) - won) < FOLDS:
        raise UsageError(
            f"{won} of the {len(half)} leads in a half converted, which is too few to learn from or to check by. "
            f"Give more labelled leads, or split them with another seed than {seed}."
        )


def _cards(profile: LeadProfile, fitted: Labelled) -> tuple[Scorecard, Scorecard]:
    return (
        fit_scorecard(profile.scored("client"), fitted.leads, fitted.converted),
        fit_scorecard(profile.scored("context"), fitted.leads, fitted.converted),
    )


def _probabilities(card: Scorecard, leads: Labelled) -> list[float]:
    return [probability_of(card.log_odds(lead)) for lead in leads.leads]


def _cross_fitted(profile: LeadProfile, fitted: Labelled) -> tuple[list[float], list[float]]:
    """Both probabilities of each lead, by scorecards that have not seen it; every fold has its share of converters."""
    ranked = sorted(range(len(fitted)), key=lambda place: fitted.converted[place])
    analyst, researcher = [0.0] * len(fitted), [0.0] * len(fitted)
    for fold in range(FOLDS):
        unseen = ranked[fold::FOLDS]
        seen = sorted(set(ranked).difference(unseen))
        for card, scores in zip(_cards(profile, fitted.part(seen)), (analyst, researcher), strict=True):
            for place, score in zip(unseen, _probabilities(card, fitted.part(unseen)), strict=True):
                scores[place] = score
    return analyst, researcher


def _fused(fusion: Fusion, analyst: list[float], researcher: list[float]) -> _Scores:
    fused = [fusion.probability(one, other) for one, other in zip(analyst, researcher, strict=True)]
    return _Scores(analyst, researcher, fused)


def _flag_rule(profile: LeadProfile, scores: _Scores) -> FlagRule:
    """The margin under which the declared share of the leads, and no more, is flagged."""
    break_even = profile.stakes.break_even
    agreements = sorted(
        agreement(one, other, break_even) for one, other in zip(scores.analyst, scores.researcher, strict=True)
    )
    return FlagRule(margin=_rounded_down(agreements[int(profile.attention.flag_share * len(agreements))]))


def _flagged(profile: LeadProfile, scores: _Scores, flag: FlagRule) -> list[bool]:
    break_even = profile.stakes.break_even
    pairs = zip(scores.analyst, scores.researcher, strict=True)
    return [flag.flags(one, other, break_even) for one, other in pairs]


def _confidences(profile: LeadProfile, scores: _Scores, flag: FlagRule) -> list[float]:
    flagged = _flagged(profile, scores, flag)
    return [flag.confidence(profile.stakes.confidence(p), f) for p, f in zip(scores.fused, flagged, strict=True)]


def _disputed(profile: LeadProfile, scores: _Scores, leads: Labelled) -> list[bool]:
    """Whether the territory table leaves the lead to a person."""
    return [
        profile.territory.settled(lead, profile.stakes.lane(p)) is None
        for lead, p in zip(leads.leads, scores.fused, strict=True)
    ]


def _threshold(profile: LeadProfile, scores: _Scores, flag: FlagRule, leads: Labelled) -> float:
    """The highest threshold that keeps the human share, with one standard error of room: this draw's and a batch's."""
    limit, found = profile.attention.human_share, len(leads)
    room = math.sqrt(limit * (1 - limit) * (1 / found + 1 / BATCH))
    disputed = _disputed(profile, scores, leads)
    confidences = _confidences(profile, scores, flag)
    others = sorted(one for one, asked in zip(confidences, disputed, strict=True) if not asked)
    allowed = int((limit - room) * found) - sum(disputed)
    return _rounded_down(others[min(allowed, len(others) - 1)]) if allowed > 0 and others else 0.0


def _held_out(profile: LeadProfile, scores: _Scores, flag: FlagRule, threshold: float, leads: Labelled) -> HeldOut:
    asked = [
        one < threshold or disputed
        for one, disputed in zip(_confidences(profile, scores, flag), _disputed(profile, scores, leads), strict=True)
    ]
    return HeldOut(
        leads=len(leads),
        converted_share=_share(leads.converted),
        flagged_share=_share(_flagged(profile, scores, flag)),
        human_share=_share(asked),
        analyst=figures(scores.analyst, leads.converted),
        researcher=figures(scores.researcher, leads.converted),
        fused=figures(scores.fused, leads.converted),
    )


def _share(of: Sequence[bool]) -> float:
    return round(sum(of) / len(of), 4)


def _rounded_down(value: float) -> float:
    return math.floor(value * 1e6) / 1e6
