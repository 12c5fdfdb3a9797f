"""What ``roundhouse outcomes`` prints: what became of a file, and how often automated cases were wrong."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from graphs.attention.binomial import interval
from state.certificate import Certificate
from state.judgement import RIGHT
from state.statement import at_most
from terminal.tables import table
from terminal.text import plain

if TYPE_CHECKING:
    from runtime.outcomes import Told


def outcomes_view(told: "Told") -> RenderableType:
    """The counts of a file, what of it was left out and why, and the errors of automated cases so far."""
    return Group(*_counts(told), *_left(told), *_errors(told))


def outcomes_json(told: "Told") -> dict[str, Any]:
    """The same for a program."""
    found, certificate = told.figures, told.certificate
    kinds = {kind: count for kind, count in found.automated.items() if kind != RIGHT}
    return {
        "workflow": told.workflow,
        "label": told.label,
        **{fate.replace(" ", "_"): count for fate, count in told.counted},
        "without_label": told.unlabelled,
        "unreadable": told.unfit,
        "left": [{"line": each.line, "case": each.case, "reason": each.reason} for each in told.left],
        "graded": told.graded,
        "ungraded": told.ungraded,
        "why_ungraded": told.why or None,
        "automated": {
            "cases": found.cases,
            "under": "certificate" if told.scope == "certificate" else None,
            "wrong": _share(found.wrong, found.cases),
            "kinds": {kind: _share(count, found.cases) for kind, count in kinds.items()},
        },
        "certificate": certificate
        and {
            "id": certificate.id,
            "status": certificate.status,
            "ended_because": certificate.ended_because or None,
            "error_at_most": certificate.error_at_most,
            "kinds_at_most": {each.kind: each.at_most for each in certificate.errors},
        },
    }


def _share(count: int, cases: int) -> dict[str, Any]:
    return {"count": count, "share": count / cases if cases else None, "within": list(interval(count, cases))}


def _counts(told: "Told") -> Iterator[RenderableType]:
    yield plain(f"{told.workflow}: what happened, by {told.label}", "bold")
    rows = table("", "rows", right=("rows",))
    named = {
        "unchanged": "known already",
        "out of date": "out of date, as later ones are known",
        "unknown": "of no case that was run here",
        "forgotten": "of a case that was forgotten",
    }
    for fate, count in told.counted:
        if count or fate in ("recorded", "unchanged", "corrected"):
            style = "yellow" if fate in ("corrected", "unknown", "forgotten") and count else ""
            rows.add_row(Text(named.get(fate, fate), style=style), f"{count:,}")
    if told.unlabelled:
        rows.add_row("without a label", f"{told.unlabelled:,}")
    if told.unfit:
        rows.add_row(Text("unreadable", style="red"), f"{told.unfit:,}")
    yield rows
    if told.ungraded:
        yield plain(f"{told.ungraded:,} runs cannot be graded: {told.why}", "yellow")


def _left(told: "Told") -> Iterator[RenderableType]:
    if not told.left:
        return
    rows = table(
        "line", "case", "reason", title="Not taken; give the file again once that has changed", right=("line",)
    )
    for each in told.left:
        rows.add_row(str(each.line), plain(each.case or ""), plain(each.reason))
    yield rows
    more = told.left_out - len(told.left)
    if more > 0:
        yield Text(f"and {more:,} more", style="dim")


def _errors(told: "Told") -> Iterator[RenderableType]:
    found, certificate = told.figures, told.certificate
    if not found.cases:
        yield Text("No automated case with a known outcome yet.", style="dim")
        return
    under = certificate if told.scope == "certificate" else None
    whose = f" under certificate {under.id}" if under else ""
    yield plain(f"Of {found.cases:,} automated cases{whose} with a known outcome", "bold")
    rows = table("", "cases", "share", "95 % within", *(["certified"] if under else []), right=("cases", "share"))
    _row(rows, "wrong", found.wrong, found.cases, _promised(under.error_at_most) if under else None)
    bounds = {each.kind: each.at_most for each in under.errors} if under else {}
    for kind, count in _kinds(told, under):
        _row(rows, f"  {kind}", count, found.cases, _promised(bounds.get(kind)) if under else None)
    yield rows
    if certificate is not None and not certificate.is_standing:
        because = f": {certificate.ended_because}" if certificate.ended_because else "."
        yield plain(f"Certificate {certificate.id} is {certificate.status}{because}", "red")


def _kinds(told: "Told", certificate: Certificate | None) -> Iterator[tuple[str, int]]:
    """The kinds of error with their counts: those that were certified first; none where they are not told apart."""
    counts = {kind: count for kind, count in told.figures.automated.items() if kind != RIGHT}
    named = [each.kind for each in certificate.errors] if certificate else []
    kinds = list(dict.fromkeys([*named, *sorted(counts)]))
    if kinds != ["wrong"]:
        yield from ((kind, counts.get(kind, 0)) for kind in kinds)


def _row(rows: Any, name: str, count: int, cases: int, promised: str | None) -> None:
    low, high = interval(count, cases)
    cells = (plain(name), f"{count:,}", f"{count / cases:.1%}", f"{low:.1%} to {high:.1%}")
    rows.add_row(*cells, *([promised] if promised is not None else []))


def _promised(bound: float | None) -> str:
    return "–" if bound is None else f"at most {at_most(bound)}"
