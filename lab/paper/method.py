"""The method of a report, in words: definitions with their sources, how intervals, fits and crossings are made."""

from lab.paper.tables import plain
from lab.statistics.bootstrap import Bootstrap
from lab.statistics.fit import REFERENCE_EXPONENT, REFERENCE_FACTOR
from lab.statistics.row import FIGURES, definition
from lab.statistics.sharpening import FASTEST_SLIDE, FEWEST_RATES, FEWEST_SIZES
from lab.statistics.tariff import Tariff
from lab.statistics.wording import number, percent


def method(bootstrap: Bootstrap, tariff: Tariff) -> str:
    """How the figures of a report are made, in Markdown."""
    figures = "\n".join(f"- *{plain(figure.replace('_', ' '))}*: {plain(definition(figure))}" for figure in FIGURES)
    said = (_intervals(bootstrap), _growth(), _crossings(), _worth(tariff))
    return "\n\n".join([f"Every figure is a mean over cases, or made of such means:\n\n{figures}", *map(plain, said)])


def _intervals(bootstrap: Bootstrap) -> str:
    return (
        f"Intervals hold the middle {percent(bootstrap.level)} of {bootstrap.times:,} paired bootstraps over cases, "
        f"seed {bootstrap.seed}: cases are drawn anew, the same for all cells that a figure compares (Efron and "
        "Tibshirani, An Introduction to the Bootstrap, 1993). A figure that is not defined in more draws than the "
        "interval leaves out is not given. What happened in none of N cases has the interval 0 to 0, since no draw can "
        "show it; it may still happen in up to 3/N of all cases. No allowance is made for how many figures there are: "
        "of so many intervals some miss by chance."
    )


def _growth() -> str:
    return (
        "Growth is fitted as a (n + ½)^b by least squares on the raw scale to the means at two and more agents, as "
        f"arXiv 2512.08296 does, whose law for turns is {REFERENCE_FACTOR} (n + ½)^{REFERENCE_EXPONENT}. What is "
        'exactly linear in n has an exponent other than 1 on that scale, which the column "linear is" gives. R² is of '
        "the means, so it says how well the law fits the sizes, not how alike the cases are."
    )


def _crossings() -> str:
    return (
        "A crossing is where the share of cases with an event passes one half as the fault rate rises. It is called a "
        "phase transition only where three figures say so: its relative width shrinks with size as n^(−s), with the "
        "interval of s above 0; its midpoint, taken to width 0, rests at a rate above 0; and its midpoint slides more "
        f"slowly than n^(−{number(FASTEST_SLIDE)}) (finite-size scaling: Stauffer and Aharony, Introduction to "
        "Percolation Theory, 1994; Newman and Barkema, Monte Carlo Methods in Statistical Physics, 1999). Fewer than "
        f"{FEWEST_SIZES} sizes with a whole crossing, or than {FEWEST_RATES} fault rates, are not enough to tell."
    )


def _worth(tariff: Tariff) -> str:
    return (
        f"A human minute is priced at {number(tariff.human_minute)} and a case that comes out wrong at "
        f"{number(tariff.wrong_case)}, in the currency of the model calls. A shape is dearer "
        "than another from a number of agents on where more is spent for each right case, mistakes included, there and "
        "at every larger size tried, with the interval of the difference above 0."
    )
