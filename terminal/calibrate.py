"""What ``roundhouse calibrate`` prints: what is promised, in words first, then what it rests on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from graphs.attention.curve import Curve, Method, risk_curve
from graphs.attention.lane import Lane, Missed, lanes
from runtime.calibrating import Calibration
from state.certificate import Certificate
from state.statement import at_most, statement, weakness
from terminal.tables import table
from terminal.text import plain

Fate = Literal["issued", "only printed"]
"""Whether runs use the certificate from now on."""

SPOKEN: Mapping[Method, str] = {
    "confidence": "least\nsure",
    "disagreement": "furthest\napart",
    "both": "both",
    "random": "at\nrandom",
    "oracle": "oracle",
}
"""Who is asked first, in the head of a narrow column."""

Extent = Literal["with curve", "without"]
"""Whether what a human's time buys is told too."""


def calibration_view(found: Calibration, fate: Fate, extent: Extent, replaced: str | None = None) -> RenderableType:
    """All of it, for a person; ``replaced`` is the certificate whose place it takes."""
    made = found.certificate
    weak = weakness(made)
    parts: list[RenderableType] = [
        plain(statement(made), "bold"),
        *([Text(weak, style="red")] if weak else []),
        Text(),
        _promised(made),
        plain(
            f"From {made.cases:,} labelled cases, by {made.source}. A case asks where the confidence of its judged "
            f"decision is under {made.threshold:.4f}.",
            "dim",
        ),
        *(plain(remark, "yellow") for remark in found.remarks),
        *(_curve_parts(found) if extent == "with curve" else [Text()]),
        _fate(made, fate, replaced),
    ]
    return Group(*parts)


def calibration_json(found: Calibration, extent: Extent) -> dict[str, Any]:
    """The certificate without its reference, with the remarks, and with the curve and the lanes where asked."""
    made = found.certificate.model_dump(mode="json", exclude={"reference"})
    content = {**made, "statement": statement(found.certificate), "remarks": list(found.remarks)}
    if extent == "without":
        return content
    shown = [asdict(lane) for lane in _lanes(found)]
    return {**content, "curve": asdict(risk_curve(found.cases, found.kinds)), "lanes": shown}


def _promised(made: Certificate) -> Table:
    rows = table("", "cases", "observed", "at most", title=made.workflow, right=("cases", "observed", "at most"))
    asked = made.cases - made.automated
    rows.add_row("ask a human", f"{asked:,}", _share(asked, made.cases), _bound(made.human_at_most))
    rows.add_row("without a human", f"{made.automated:,}", _share(made.automated, made.cases), "")
    rows.add_section()
    for each in made.errors:
        share = _share(each.observed, made.automated)
        rows.add_row(plain(f"  {each.kind}"), f"{each.observed:,}", share, _bound(each.at_most))
    if len(made.errors) > 1:
        wrong = sum(each.observed for each in made.errors)
        rows.add_row("  wrong in all", f"{wrong:,}", _share(wrong, made.automated), _bound(made.error_at_most))
    return rows


def _bound(share: float | None) -> str:
    return "–" if share is None else at_most(share)


def _fate(made: Certificate, fate: Fate, replaced: str | None) -> Text:
    match fate:
        case "issued":
            place = f" It takes the place of {replaced}." if replaced else ""
            issued = f"Certificate {made.id} is issued: runs of {made.workflow} in this version use it from now on."
            return plain(f"{issued}{place}", "green")
        case "only printed":
            return Text("A dry run: nothing is stored, and runs keep the threshold that they had.", style="yellow")


def _curve_parts(found: Calibration) -> Iterator[RenderableType]:
    curve = risk_curve(found.cases, found.kinds)
    yield Text()
    yield _risk(curve)
    said = "A column's head says who is asked first"
    said += ", and the last columns split the errors of the least sure first by kind." if len(curve.kinds) > 1 else "."
    if curve.asking:
        said += f" {curve.asking:.1%} ask for another reason than their confidence, and always come first."
    yield Text(said, style="dim")
    yield Text()
    yield _lane_table(_lanes(found))


def _risk(curve: Curve) -> Table:
    """The share that is wrong of what no human sees, by the share that one does; a column a method, then a kind."""
    methods = [SPOKEN[line.method] for line in curve.lines]
    first = curve.line("confidence")
    kinds = curve.kinds if first is not None and len(curve.kinds) > 1 else ()
    columns = ["human\nsees", *methods, *(kind.replace(" ", "\n") for kind in kinds)]
    title = "What a human's time buys: wrong among those that no human sees"
    rows = table(*columns, title=title, right=columns)
    for place, point in enumerate(curve.lines[0].points):
        errors = [f"{line.points[place].error:.1%}" for line in curve.lines]
        by_kind = [f"{share:.1%}" for share in first.points[place].by_kind] if first is not None and kinds else []
        rows.add_row(f"{point.human:.1%}", *errors, *by_kind)
    return rows


def _lane_table(found: Sequence[Lane]) -> Table:
    numbers = ("cases", "asked", "automated", "right")
    rows = table("lane", *numbers, "wrong", title="By lane, at the certified threshold", right=numbers)
    rows.columns[-1].no_wrap = False
    for lane in found:
        right = "–" if lane.precision is None else f"{lane.precision:.1%}"
        wrong = "\n".join(map(_missed, lane.errors)) or "–"
        counts = (f"{count:,}" for count in (lane.cases, lane.asked, lane.automated))
        rows.add_row(plain(lane.name or "none"), *counts, right, plain(wrong))
    return rows


def _missed(missed: Missed) -> str:
    known = f", {missed.share_of_possible:.1%} of {missed.possible:,} possible" if missed.share_of_possible else ""
    return f"{missed.cases:,} {missed.kind}{known}"


def _lanes(found: Calibration) -> tuple[Lane, ...]:
    return lanes(found.cases, found.kinds, found.certificate.threshold)


def _share(count: int, of: int) -> str:
    return f"{count / of:.1%}" if of else "–"
