"""What ``roundhouse audit`` prints: the trail of a run, and whether it is whole."""

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from state.audit import AuditRow, Trail
from terminal.tables import table
from terminal.text import plain

LONGEST = 120
"""How many characters of a change are shown; JSON has all of it."""

_KNOWN = frozenset({"notes_seen", "outcome", "question", "by", "voice", "status", "effect", "attempts"})
"""What the other columns say, or nobody asks."""


def trail_view(trail: Trail) -> RenderableType:
    """The rows of a trail in order, with the first bad one marked, and the verdict."""
    rows = table("row", "when", "who", "what", title=f"Audit trail of {trail.run}", right=("row",))
    for row in trail.rows:
        rows.add_row(
            str(row.ordinal),
            f"{row.at:%Y-%m-%d %H:%M:%S}",
            plain(_actor(row), "" if row.actor_kind in ("agent", "system") else "cyan"),
            Text.assemble(row.action.replace("_", " "), " ", plain(row.subject), "  ", plain(_change(row), "dim")),
            style="red" if row.ordinal == trail.verdict.bad else None,
        )
    return Group(rows, _verdict(trail))


def trail_json(trail: Trail) -> dict[str, Any]:
    """The same for a program."""
    verdict = trail.verdict
    return {
        "id": trail.run,
        "whole": verdict.is_whole,
        "rows": verdict.rows,
        "head": verdict.head,
        "bad": verdict.bad,
        "reason": verdict.reason,
        "trail": [
            row.model_dump(mode="json", exclude={"payload", "salt"}) | (row.change or {"before": None, "after": None})
            for row in trail.rows
        ],
    }


def _verdict(trail: Trail) -> Text:
    verdict = trail.verdict
    if verdict.is_whole:
        return Text(f"Whole: {verdict.rows} rows. The last hash is {verdict.head or 'none'}.", style="green")
    return plain(f"Not whole: row {verdict.bad}: {verdict.reason}.", "red")


def _actor(row: AuditRow) -> str:
    """Who it was; a driver's identity, which JSON has, is of no use to a reader."""
    match row.actor_kind:
        case "system" if ":" in row.actor:
            return "a driver"
        case "system":
            return row.actor
        case kind:
            return f"{row.actor} ({kind})"


def _change(row: AuditRow) -> str:
    """What is different afterwards, in one line: words before numbers, without lists and what the row says already."""
    change = row.change
    if change is None:
        return "erased"
    after = change["after"] or {}
    facts = {name: value for name, value in {**after, **(after.get("value") or {})}.items() if name not in _KNOWN}
    words = [f"{name}: {value}" for name, value in facts.items() if isinstance(value, str) and value]
    words += [f"{name}: {'yes' if value else 'no'}" for name, value in facts.items() if isinstance(value, bool)]
    numbers = [f"{name} {value:.4g}" for name, value in facts.items() if type(value) in (int, float)]
    line = " ".join(", ".join([*words, *numbers]).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
