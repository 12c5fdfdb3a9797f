"""The quality of lead qualification on the UCI Bank Marketing data: ten random splits in halves.

For each split, ``fit`` gets all leads, as a user gives them. It learns from a random half: coefficients, fusion, the
flag's margin and the threshold. Every lead of the other half, which nothing was learned from, then goes through the
specialists and up the ladder of the one conflict; figures are means over the splits, with their standard deviation.

The profile's value is five times its cost, so a good lead declined loses 4 and a wasted contact 1. Both are leads in
the wrong lane. Loss is counted for leads that no human was asked about, over all leads of the held-out half.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import compress
from statistics import mean, stdev

from agents.lead.coordinator import Qualification
from agents.lead.fit import fit
from agents.lead.labelled import Labelled, labelled_leads
from agents.lead.profile import LeadProfile, load_profile
from agents.lead.regression import figures
from agents.lead.router import Assignment, team_not_expected
from agents.lead.scorecards import Scorecards
from agents.lead.source import read_rows, source_path
from agents.lead.specialists import lead_specialists
from agents.specialist import FunctionSpecialist, Handoff
from benchmarks.report import Row, table
from state.case import Case
from state.decision import Decision
from state.note import Note

SPLITS = 10
"""How many random splits the figures are means over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided about a lead, and what became of it."""

    qualification: Qualification
    asked: bool
    """Whether a human was asked, for any reason."""
    disputed: bool
    """Whether a human was asked about the conflict."""
    converted: bool

    @property
    def wrong(self) -> bool:
        """Whether it was contacted and did not convert, or was declined and would have."""
        return (self.qualification.lane == "contact") != self.converted

    @property
    def loss(self) -> float:
        """In contacts: 4 for a good lead declined, 1 for a wasted contact."""
        return 0.0 if not self.wrong else 4.0 if self.converted else 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of one split; shares are 0 to 1, losses in contacts per 100 leads."""

    auc: float
    qualified: float
    precision: float
    top_tenth: float
    """The share of the converters among the tenth of leads with the highest probability."""
    flagged: float
    flagged_worse: float
    """How much more often flagged leads are in the wrong lane than the others."""
    human: float
    disputed: float
    loss: float
    loss_unasked: float
    """The loss when nobody is asked."""


async def measure() -> list[Row]:
    """The rows of issue 2, measured on the bank data where they are found. Raises ``UnreadableSource`` elsewhere."""
    profile = load_profile("bank-marketing")
    labelled = labelled_leads(profile, read_rows(source_path(profile), profile.delimiter))
    return _rows([await _split(profile, labelled, seed) for seed in range(SPLITS)])


async def _split(profile: LeadProfile, labelled: Labelled, seed: int) -> Quality:
    scorecards = fit(profile, labelled, seed=seed)
    _, held_out = labelled.halves(seed)
    return _quality(await decided(profile, scorecards, held_out))


async def decided(profile: LeadProfile, scorecards: Scorecards, labelled: Labelled) -> list[Outcome]:
    """What the specialists decide about every lead, as the hub has them do it."""
    owners = lead_specialists(profile, scorecards)[:4]
    return [
        await _decide(owners, scorecards.threshold, lead, converted)
        for lead, converted in zip(labelled.leads, labelled.converted, strict=True)
    ]


async def _decide(owners: Sequence[FunctionSpecialist], threshold: float, lead: Case, converted: bool) -> Outcome:
    made: dict[type[Decision], Decision] = {}
    for owner in owners:
        made[owner.decides] = await owner(Handoff(lead, made))
    whole = Handoff(lead, made)
    qualification, assignment = whole[Qualification], whole[Assignment]
    if team_not_expected(qualification, assignment):
        objection = Note(kind="objection", author="territory", text="", at=datetime.now(UTC))
        assignment = await owners[-1](replace(whole, notes=(objection,)))
    disputed = team_not_expected(qualification, assignment)
    return Outcome(qualification, disputed or qualification.confidence < threshold, disputed, converted)


def _quality(outcomes: Sequence[Outcome]) -> Quality:
    converted = [one.converted for one in outcomes]
    contacted = [one.qualification.lane == "contact" for one in outcomes]
    flagged = [one.qualification.flagged for one in outcomes]
    wrong = [one.wrong for one in outcomes]
    ranked = sorted(outcomes, key=lambda one: one.qualification.probability, reverse=True)
    top = ranked[: len(ranked) // 10]
    return Quality(
        auc=figures([one.qualification.probability for one in outcomes], converted).auc,
        qualified=mean(contacted),
        precision=mean(compress(converted, contacted)),
        top_tenth=sum(one.converted for one in top) / sum(converted),
        flagged=mean(flagged),
        flagged_worse=mean(compress(wrong, flagged)) - mean(compress(wrong, (not one for one in flagged))),
        human=mean(one.asked for one in outcomes),
        disputed=mean(one.disputed for one in outcomes),
        loss=100 * mean(0.0 if one.asked else one.loss for one in outcomes),
        loss_unasked=100 * mean(one.loss for one in outcomes),
    )


def _rows(qualities: Sequence[Quality]) -> list[Row]:
    def row(what: str, figure: str, least: float, most: float, target: str, shown: str = ".1%") -> Row:
        values = [float(getattr(quality, figure)) for quality in qualities]
        measured = f"{mean(values):{shown}} ± {stdev(values):{shown}}"
        return Row(f"leads: {what}", target, measured, least <= mean(values) <= most)

    none, every = 0.0, 100.0
    return [
        row("fused AUC on the held-out half", "auc", 0.78, 1, "≥ .78", ".3f"),
        row("qualified, with V = 5c", "qualified", 0.13, 0.17, "13 to 17 %"),
        row("precision of the qualified (base rate 11 %)", "precision", 0.40, 1, "≥ 40 %"),
        row("converters in the top tenth by probability", "top_tenth", 0.42, 1, "≥ 42 %"),
        row("flagged", "flagged", 0.10, 0.20, "10 to 20 %"),
        row("flagged in the wrong lane more often than others, by", "flagged_worse", 0.30, 1, "≥ 30 points"),
        row("put to a human, for all reasons", "human", none, 0.10, "≤ 10 %"),
        row("of which for the conflict", "disputed", none, 0.10, "in the 10 %"),
        row("loss of what no human saw, per 100 leads", "loss", none, 22, "≤ 22", ".2f"),
        row("loss where nobody is asked, for comparison", "loss_unasked", none, every, "none", ".2f"),
    ]


if __name__ == "__main__":
    from rich.console import Console

    Console(width=150).print(table("Leads, ten random splits of the bank data", asyncio.run(measure())))
