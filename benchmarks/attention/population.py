"""The population: every case of a labelled file as its workflow's rehearsal left it, in the file's order.

Its scorecards were fitted on a random half of the file by the seed that stands in them. Where a figure is about what
a calibration promises, cases are drawn from the other half alone, of which all that is true is known: its rates are
counted, not estimated.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from agents.lead.labelled import Labelled, labelled_leads
from agents.lead.profile import LeadProfile, load_profile
from agents.lead.scorecards import load_scorecards
from agents.lead.source import read_rows, source_path
from data.make_leads import make_leads
from graphs.attention.rehearsal import rehearsed_case, rehearsing
from graphs.attention.rehearsed import Rehearsed
from graphs.lead_qualification import DECLINED, WASTED, lead_qualification

PROCESSES = 2
"""How many rehearse at once."""

MADE = 20_000
"""How many leads of the sample's kind are made."""

KINDS = (DECLINED, WASTED)

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Rates:
    """What is true of a population at one threshold; shares from 0 to 1."""

    human: float
    by_kind: tuple[float, ...]
    """The share of the automated that has each kind of error."""

    @property
    def error(self) -> float:
        """The share of the automated that is wrong in any way."""
        return sum(self.by_kind)


@dataclass(frozen=True)
class Population:
    """Cases of which everything is known."""

    cases: tuple[Rehearsed, ...]
    kinds: tuple[str, ...] = KINDS

    def at(self, threshold: float) -> Rates:
        """What is true of it at a threshold."""
        scores, errors = self._ranked
        below = int(np.searchsorted(scores, threshold, side="left"))
        automated = len(scores) - below
        left = errors[-1] - errors[below]
        return Rates(below / len(scores), tuple(float(one) / automated if automated else 0.0 for one in left))

    def drawn(self, count: int, chance: np.random.Generator) -> list[Rehearsed]:
        """So many cases at random, each time from all of them, so that what is true of it is exactly known."""
        return [self.cases[place] for place in chance.integers(len(self.cases), size=count)]

    def part(self, places: Sequence[int] | Places) -> "Population":
        """The cases at these places."""
        return Population(tuple(self.cases[place] for place in places), self.kinds)

    @cached_property
    def _ranked(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The scores, ascending, and for each place how many errors of each kind there are before it."""
        scores = np.array([case.score for case in self.cases])
        order = np.argsort(scores, kind="stable")
        wrong = np.array([[self.cases[place].error == kind for kind in self.kinds] for place in order])
        return scores[order], np.vstack([np.zeros(len(self.kinds), int), wrong.cumsum(axis=0)])


@dataclass(frozen=True)
class Rehearsals:
    """A labelled file after its rehearsal."""

    whole: Population
    """In the file's order."""
    held_out: Population
    """Those of its cases that no scorecard was fitted on."""
    fitted_threshold: float
    """The one that ``roundhouse fit`` has set."""


def bank() -> Rehearsals:
    """The bank's leads. Raises ``UnreadableSource`` where they are not there."""
    profile = load_profile("bank-marketing")
    scorecards = load_scorecards(profile)
    labelled = labelled_leads(profile, read_rows(source_path(profile), profile.delimiter))
    held_out = {lead.id for lead in labelled.halves(scorecards.seed)[1].leads}
    places = [place for place, lead in enumerate(labelled.leads) if lead.id in held_out]
    whole = Population(_rehearsed(profile, labelled))
    return Rehearsals(whole, whole.part(places), scorecards.threshold)


def sample(seed: int, count: int = MADE) -> Rehearsals:
    """Newly made leads of the sample's kind, none of which its scorecards were fitted on."""
    profile = load_profile("sample")
    labelled = labelled_leads(profile, make_leads(count, seed))
    whole = Population(_rehearsed(profile, labelled))
    return Rehearsals(whole, whole, load_scorecards(profile).threshold)


def _rehearsed(profile: LeadProfile, labelled: Labelled) -> tuple[Rehearsed, ...]:
    """Every lead's rehearsal, by several processes."""
    ends = np.linspace(0, len(labelled), PROCESSES + 1).astype(int).tolist()
    parts = [labelled.part(range(start, end)) for start, end in pairwise(ends)]
    with ProcessPoolExecutor(PROCESSES, get_context("fork"), _prepare, (profile.name, parts)) as processes:
        return tuple(case for part in processes.map(_rehearse, range(PROCESSES)) for case in part)


_prepared: list[tuple[str, list[Labelled]]] = []
"""What a process works on, which it has from the one that began it."""


def _prepare(profile: str, parts: list[Labelled]) -> None:
    _prepared[:] = [(profile, parts)]


def _rehearse(part: int) -> list[Rehearsed]:
    [(name, parts)] = _prepared
    return asyncio.run(rehearsed_leads(load_profile(name), parts[part]))


async def rehearsed_leads(profile: LeadProfile, labelled: Labelled) -> list[Rehearsed]:
    """Every lead's rehearsal, one after the other, with the scorecards of its profile."""
    workflow = lead_qualification(profile)
    escalation, rehearse = workflow.escalation, rehearsing(workflow)
    assert escalation is not None
    assert escalation.grading is not None
    positive = profile.label.positive
    labels = {True: positive, False: next(iter(profile.label.negative), f"not {positive}")}
    return [
        rehearsed_case(workflow, await rehearse(lead), escalation.grading, labels[converted])
        for lead, converted in zip(labelled.leads, labelled.converted, strict=True)
    ]
