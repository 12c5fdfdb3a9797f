"""The wording: how the figures of the lab are read out."""

from collections.abc import Iterable, Sequence

from lab.statistics.bootstrap import Estimate
from state.trial import ShapeName

NONE = "–"
"""What stands for a figure that is not defined."""

SPOKEN: dict[ShapeName, str] = {
    "single": "the single agent",
    "pipeline": "the pipeline",
    "hub": "the hub",
    "supervisor": "the supervisor",
    "mesh": "the mesh",
}
"""The shapes as they are spoken of."""

MEANT: dict[ShapeName, str] = {
    "single": "one agent makes every decision, one after the other",
    "pipeline": "the agents work one after the other, in the order of needs",
    "hub": "whoever is ready works, in parallel, on what was declared, by declared rules",
    "supervisor": "an agent more decides before every step who works next",
    "mesh": "everybody speaks in rounds, on all that was said, until a quorum agrees",
}
"""What each shape is, in a few words."""


def number(value: float) -> str:
    """A figure at three digits, more only before the point."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 or not value else f"{value:.2g}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def percent(value: float) -> str:
    """A share: whole percents, with one digit more near none and all."""
    fine = 0 < value < 0.1 or 0.99 < value < 1
    text = f"{100 * value:.1f}".removesuffix(".0") if fine else f"{100 * value:.0f}"
    return f"{text.replace('-', '−')} %"


def with_interval(found: Estimate | None) -> str:
    """A figure and its interval."""
    if found is None:
        return NONE
    return f"{number(found.value)} ({number(found.low)} to {number(found.high)})"


def percent_interval(found: Estimate | None) -> str:
    """A share and its interval."""
    if found is None:
        return NONE
    return f"{percent(found.value)} ({percent(found.low)} to {percent(found.high)})"


def listed(words: Sequence[str]) -> str:
    """Words as a part of a sentence, the last two joined by "and"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def grouped(told: Iterable[tuple[str, ShapeName]]) -> str:
    """Figures with whose they are, those that read the same together: "88 % in the pipeline and the hub"."""
    owners: dict[str, list[ShapeName]] = {}
    for figure, shape in told:
        owners.setdefault(figure, []).append(shape)
    parts = [f"{figure} {_where(shapes)}" for figure, shapes in owners.items()]
    return listed(parts) if "," not in "".join(parts) and " and " not in "".join(parts) else "; ".join(parts)


def _where(shapes: Sequence[ShapeName]) -> str:
    return f"{'with' if shapes[0] == 'single' else 'in'} {listed([SPOKEN[shape] for shape in shapes])}"


def sentence(text: str) -> str:
    """A text that begins and ends as a sentence does."""
    return f"{text[:1].upper()}{text[1:]}."
