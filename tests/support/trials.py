"""Trials as an experiment makes them, each with numbers of its own."""

from state.trial import Cell, Ending, Trial

ENDINGS: tuple[Ending, ...] = ("completed", "rejected", "incomplete", "limit", "deadlock")


def trial(cell: Cell, case: int) -> Trial:
    """A trial in which no two measures are equal by chance."""
    number = 100 * cell.agents + case
    return Trial(
        cell=cell,
        case=case,
        ended=ENDINGS[case % len(ENDINGS)],
        right=case % 3 == 0,
        share_right=1 / (case + 1),
        turns=number + 1,
        model_calls=number + 2,
        tokens_in=number + 3,
        tokens_out=number + 4,
        cost=number / 7,
        messages=number + 5,
        redundancy=0.1 + 0.2,
        repeats=number + 6,
        questions=case % 2,
        human_minutes=case / 3,
        conflicts=number + 7,
        overrides=number + 8,
        cascades=number + 9,
        failures=number + 10,
        critical_path=number + 11,
        wall=number / 3,
    )
