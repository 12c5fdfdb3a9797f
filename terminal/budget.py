"""How a budget for human attention stands, for the terminal."""

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from state.budget import Budget, Share
from state.certificate import Certificate
from state.statement import at_most
from terminal.tables import table
from terminal.text import plain

_STYLES = {"standing": "green", "withdrawn": "red", "other version": "yellow", "none": "yellow"}


def budget_view(found: Budget) -> RenderableType:
    """What is promised, what was used of it, and what is known of errors."""
    rows = table("", "so far", "95 % within", "at most", right=("so far", "95 % within", "at most"))
    asked = "asked since" if found.standing == "withdrawn" else "asked a human"
    rows.add_row(asked, _share(found.asked), _within(found.asked), _promised_share(found))
    if found.wrong.of:
        bound = found.certificate.error_at_most if found.certificate else None
        rows.add_row("wrong, of the others", _share(found.wrong), *_held(found, found.wrong, bound))
        bounds = {each.kind: each.at_most for each in found.certificate.errors} if found.certificate else {}
        for kind, share in found.kinds.items():
            rows.add_row(plain(f"  {kind}"), _share(share), *_held(found, share, bounds.get(kind)))
    if found.checks.answered:
        rows.add_row("reviewer agreed", _share(found.agreed), _within(found.agreed), "")
    return Group(Text(found.standing_words, style=_STYLES[found.standing]), rows, *_threshold(found), *_open(found))


def budget_line(found: Budget) -> Text:
    """The same in one line, for the end of a batch."""
    budget = "no budget" if found.budget is None else f"budget {found.budget:.1%}"
    so_far = f"{_share(found.asked)} asked" if found.asked.of else "nothing run yet"
    within = f" (95 % within {_within(found.asked)})" if found.asked.of else ""
    return Text(
        f"{budget}, {so_far} {found.whose}{within}.{_errors_line(found)} {found.standing_words}".replace("  ", " "),
        style=_STYLES[found.standing],
    )


def _errors_line(found: Budget) -> str:
    """What else is promised."""
    if found.standing != "standing" or found.certificate is None or found.certificate.error_at_most is None:
        return ""
    return f" Of the others, at most {at_most(found.certificate.error_at_most)} are wrong."


def budget_json(found: Budget) -> dict[str, Any]:
    """How it stands, for a program."""
    return {
        "workflow": found.workflow,
        "standing": found.standing,
        "words": found.standing_words,
        "certificate": certificate_json(found.certificate) if found.certificate else None,
        "changes": list(found.changes),
        "budget": found.budget,
        "threshold": found.threshold,
        "asked": _share_json(found.asked),
        "wrong": _share_json(found.wrong),
        "kinds": {kind: _share_json(share) for kind, share in found.kinds.items()},
        "spot_checks": {"drawn": found.checks.drawn, "open": found.checks.open},
        "agreed": _share_json(found.agreed),
    }


def certificate_json(certificate: Certificate) -> dict[str, Any]:
    """A certificate for a program, without what it compares confidences with."""
    return certificate.model_dump(mode="json", exclude={"reference"})


def _share_json(share: Share) -> dict[str, Any]:
    return {"count": share.count, "of": share.of, "share": share.share, "within": list(share.within)}


def _share(share: Share) -> str:
    return "–" if share.share is None else f"{share.share:.1%} ({share.count:,} of {share.of:,})"


def _within(share: Share) -> str:
    low, high = share.within
    return f"{low:.1%} to {high:.1%}" if share.of else "–"


def _promised_share(found: Budget) -> Text:
    """What the share is held against: a promise, or else only what somebody wishes."""
    if found.standing == "standing" and found.certificate:
        return Text(at_most(found.certificate.human_at_most), style="green")
    return Text("–") if found.budget is None else Text(f"{at_most(found.budget)}, not promised")


def _held(found: Budget, share: Share, bound: float | None) -> tuple[Text, Text]:
    """Where a share of errors lies, and what it is held against; in red where it is over that."""
    if found.standing != "standing" or bound is None:
        return Text(_within(share)), Text()
    style = "red" if share.of and share.within[0] > bound else ""
    return Text(_within(share), style=style), Text(f"{at_most(bound)}{', over' if style else ''}", style=style)


def _threshold(found: Budget) -> Iterator[Text]:
    if found.threshold is not None:
        moved = f"; certified: {found.certificate.threshold:.4f}" if found.is_moved and found.certificate else ""
        yield Text(f"A case with a confidence under {found.threshold:.4f} asks{moved}.", style="dim")


def _open(found: Budget) -> Iterator[Text]:
    if found.checks.open:
        yield Text(f"{found.checks.open:,} spot checks wait for a reviewer: roundhouse spot-checks", style="dim")
