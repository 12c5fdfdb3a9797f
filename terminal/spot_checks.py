"""What ``roundhouse spot-checks`` prints: cases without what the hub decided, and how often reviewers agreed."""

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from graphs.attention.binomial import interval
from state.content import in_words
from state.graded import Agreement
from state.judgement import SpotCheck
from terminal.tables import ago, table
from terminal.text import plain

if TYPE_CHECKING:
    from runtime.spot_checks import Check

NONE = "No spot check is open."


def checks_view(checks: Sequence["Check"], agreement: Agreement) -> RenderableType:
    """The open spot checks, and how often reviewers agreed so far."""
    return Group(*_checks(checks, agreement))


def check_json(check: "Check") -> dict[str, Any]:
    """A spot check for a program."""
    asked = check.asked
    return {
        "run": check.run,
        "workflow": check.workflow,
        "case": dict(check.case),
        "drawn_at": check.drawn_at.isoformat(),
        "decision": asked and asked.decision,
        "field": asked and asked.field,
        "choices": list(asked.choices) if asked else [],
        "trouble": check.trouble or None,
    }


def verdict_view(check: SpotCheck, agreement: Agreement) -> RenderableType:
    """What came of a verdict."""
    said = "The hub had decided the same." if check.agreed else "The hub had decided otherwise."
    return Group(
        Text.assemble(plain(check.case_id, "bold"), "  ", plain(str(check.verdict)), "  ", said),
        *_agreement(agreement),
        Text(f"roundhouse show {check.run}", style="dim"),
    )


def _checks(checks: Sequence["Check"], agreement: Agreement) -> Iterator[RenderableType]:
    if not checks:
        waits = f" {agreement.open:,} wait for their delivery." if agreement.open else ""
        yield Text(f"{NONE}{waits}")
        yield from _agreement(agreement)
        return
    for check in checks:
        yield plain(f"{check.case.get('id', '')}", "bold")
        rows = table("", "value")
        rows.show_header = False
        for name, value in check.case.items():
            if name != "id" and value is not None:
                rows.add_row(plain(name, "dim"), plain(in_words(value)))
        yield rows
        yield _asked(check)
        yield Text(f"drawn {ago(check.drawn_at)} ago", style="dim")
        yield Text()
    left = agreement.open - len(checks)
    if left > 0:
        yield Text(f"{left:,} more are open, some of which may wait for their delivery.", style="dim")
    yield from _agreement(agreement)


def _asked(check: "Check") -> Text:
    if check.asked is None:
        return plain(check.trouble, "yellow")
    choices = " | ".join(map(shlex.quote, check.asked.choices)) or "TEXT"
    return Text.assemble(
        plain(f"{check.asked.decision}.{check.asked.field}? ", "yellow"),
        plain(f"roundhouse spot-checks {check.run} --verdict {choices}", "dim"),
    )


def _agreement(agreement: Agreement) -> Iterator[RenderableType]:
    if agreement.answered:
        low, high = interval(agreement.agreed, agreement.answered)
        share = agreement.agreed / agreement.answered
        yield Text(
            f"Agreement: {share:.1%} ({agreement.agreed:,} of {agreement.answered:,}), 95 % within {low:.1%} to "
            f"{high:.1%}. It says how often a reviewer decided as the hub had, and not how often either was wrong."
        )
