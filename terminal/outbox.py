"""What ``roundhouse outbox`` prints."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from runtime.settings import settings
from state.effect import EffectRow
from terminal.block import blocks
from terminal.tables import SHOWN, ago, status_text, table
from terminal.text import plain
from terminal.widest import Widest

if TYPE_CHECKING:
    from graphs.workflow import Workflow

_NAMES = ("effect", "case", "what", "status", "tried", "says", "made")

ADVICE = {
    "unknown": "unknown: the receiver may have it. Ask there, then: roundhouse outbox EFFECT --as delivered (or again)",
    "dead": "dead: refused, or tried too often. Mend it, then: roundhouse outbox EFFECT --as again, or --retry-dead",
    "pending": "pending: roundhouse outbox --deliver sends what is due, --watch keeps doing so",
}
"""What a person can do about effects in a state."""


def effects_view(effects: Sequence[EffectRow], counts: Mapping[str, int]) -> RenderableType:
    """Effects, how many there are in each state, and what can be done about them."""
    rows = table(*_NAMES, right=("tried", "made"))
    cells = [_cells(row) for row in effects]
    for each in cells:
        rows.add_row(*each)
    narrow = blocks(
        (Text("  ").join((effect, case, status)), {"what": what, "tried": tried, "says": says, "made": made})
        for effect, case, what, status, tried, says, made in cells
    )
    states = {row.status for row in effects}
    advice = [Text(line, style="dim") for status, line in ADVICE.items() if status in states]
    total = [Text(", ".join(f"{count} {status}" for status, count in sorted(counts.items())), style="dim")]
    return Group(Widest(rows, narrow), *(total if counts else []), *advice)


def _cells(row: EffectRow) -> tuple[Text, ...]:
    return (
        plain(row.id[:SHOWN], "bold"),
        plain(row.case_id),
        plain(_what(row)),
        status_text(row.status),
        Text(str(row.attempts) if row.attempts else ""),
        plain(_says(row)),
        Text(f"{ago(row.created_at)} ago"),
    )


def delivered_words(counts: Mapping[str, int]) -> str:
    """What came of the attempts to deliver, in one line."""
    names = {"delivered": "delivered", "pending": "to be tried again", "dead": "dead", "unknown": "unknown"}
    said = ", ".join(f"{counts[status]} {words}" for status, words in names.items() if counts.get(status))
    return f"effects: {said}" + ("" if set(counts) == {"delivered"} else "; roundhouse outbox tells")


def _what(row: EffectRow) -> str:
    files = row.message.attachments if row.message else ()
    attached = f" with {', '.join(file.name for file in files)}" if files else ""
    return f"{row.effect}{attached}" + (f", corrects {row.corrects[:SHOWN]}" if row.corrects else "")


def _says(row: EffectRow) -> str:
    """The receiver's word, or why it is not there."""
    return (row.receipt if row.status == "delivered" else None) or row.error or ""


def channel_notices(workflow: "Workflow") -> list[str]:
    """What there is to say of channels that a workflow's effects go out by and the settings do not have."""
    wanted = dict.fromkeys(effect.channel for effect in workflow.effects)
    return [
        f"The settings have no channel {name!r}, so what goes out by it waits: set ROUNDHOUSE_CHANNELS__{name.upper()}."
        for name in wanted
        if name not in settings().channels
    ]
