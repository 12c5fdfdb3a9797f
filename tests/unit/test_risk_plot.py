from pathlib import Path
from typing import Any

import pytest

from graphs.attention.curve import SHARES, Curve, risk_curve
from graphs.attention.rehearsed import Rehearsed
from lab.paper.risk_plot import risk_plot, write_risk_plot
from state.errors import UsageError

KINDS = ("good leads <declined>", "wasted contacts")


def curve(apart: float | None = 1.0, kinds: tuple[str, ...] = KINDS) -> Curve:
    """Of twenty cases of which the five least sure ones are wrong."""
    errors = [kinds[place % len(kinds)] if place < 5 else None for place in range(20)]
    return risk_curve([Rehearsed(n / 20, False, error, "", apart) for n, error in enumerate(errors)], kinds)


def points(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a plot, of all its layers."""
    return [record for values in drawn["datasets"].values() for record in values]


@pytest.mark.parametrize(("suffix", "begins"), [(".svg", b"<svg"), (".png", b"\x89PNG")])
def test_a_curve_is_drawn_as_its_suffix_says(suffix: str, begins: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"risk{suffix}"
    write_risk_plot(curve(), path)
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["risk.pdf", "risk", "nowhere/risk.svg"])
def test_a_file_that_cannot_be_drawn_to_is_said_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        write_risk_plot(curve(), tmp_path / name)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_curve_stands_at_its_name_with_a_point_a_share() -> None:
    drawn = risk_plot(curve()).to_dict()
    there = {(one["group"], one["human"]) for one in points(drawn) if "group" in one}
    groups = {"confidence", "disagreement", "both", "at random", "oracle"}
    assert there == {(group, share) for group in groups for share in SHARES}
    assert "Dotted: good leads <declined> alone" in drawn["title"]["subtitle"][1]


def test_what_is_not_there_is_not_drawn() -> None:
    drawn = risk_plot(curve(apart=None, kinds=("wrong",))).to_dict()
    assert {one.get("group") for one in points(drawn)} == {"confidence", "at random", "oracle"}
    assert drawn["title"]["subtitle"] == ["20 labelled cases"]
