"""Views of what is removed: checkpoints that are pruned, and a case that is forgotten."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from rich.console import Group, RenderableType
from rich.text import Text

from runtime.kept_files import Files
from runtime.upkeep import Forgotten
from state.sql.compaction import Compacted
from state.sql.footprint import Footprint, SentEffect
from state.sql.prune import Prunable, Pruned
from terminal.bulk import chosen_view
from terminal.tables import SHOWN, ago, status_text, table
from terminal.text import plain

UNFINISHED: dict[Compacted, str] = {
    "in use": (
        "Another process has the database's file open, so what was removed may still lie in its unused parts. "
        "Stop that process, and give the command again."
    ),
    "no room": (
        "There is no room on the disk to write the database's file anew, so what was removed may still lie in its "
        "unused parts. Make room for a second copy of it, and give the command again."
    ),
}
"""What is said where a file could not be compacted, and the command did not do all that it should."""

SERVER = "What was removed stays in the server's files until it vacuums, and in its backups: see to both."
"""What is said of a database on a server."""


def prunable_view(found: Sequence[Prunable], files: Files) -> RenderableType:
    """What there is to prune."""
    rows = table("workflow", "status", "runs", "oldest", right=("runs", "oldest"))
    for each in found:
        rows.add_row(plain(each.workflow), status_text(each.status), str(each.runs), f"{ago(each.oldest)} ago")
    unnamed = f"Older than a day, and named by nothing in this database: {_files(files)}."
    return Group(*([rows] if found else []), *([Text(unnamed)] if files.count else []))


def pruned_line(pruned: Pruned) -> str:
    """What was pruned, in a sentence."""
    checkpoints, runs = _so_many(pruned.checkpoints, "checkpoint"), _so_many(pruned.runs, "run")
    files = f" Removed {_files(Files(pruned.files, pruned.size))}." if pruned.files else ""
    return f"Removed {checkpoints} of {runs}. Decisions, ledger and audit trail are kept.{files}"


def footprint_view(footprint: Footprint) -> RenderableType:
    """Where the data of a case are."""
    return Group(*_footprint(footprint))


def forgotten_view(forgotten: Forgotten) -> RenderableType:
    """What was forgotten, and what is left for a person to do."""
    return Group(*_forgotten(forgotten))


def sent_view(sent: Sequence[SentEffect]) -> RenderableType:
    """What has left the house."""
    rows = table("effect", "channel", "to", "status", "receipt", title="Receivers have, or may have:")
    # a receipt is no use in part
    rows.columns[-1].overflow, rows.columns[-1].no_wrap = "fold", False
    for each in sent:
        rows.add_row(
            plain(each.effect),
            plain(each.channel),
            plain(each.to or ""),
            status_text(each.status),
            plain(each.receipt or each.id),
        )
    return rows


def _footprint(footprint: Footprint) -> Iterator[RenderableType]:
    if footprint.runs:
        yield chosen_view(footprint.runs)
    if footprint.lines:
        lines = _so_many(len(footprint.lines), "row")
        yield Text(f"What {lines} in the quarantine said of the case will be removed.")
    for schedule in footprint.schedules:
        yield plain(f"Its schedule {schedule.id[:SHOWN]} ({schedule.cron}, {schedule.zone}) will be removed.")
    if footprint.sent:
        yield sent_view(footprint.sent)
        yield Text("What left the house must be removed there by a person: keep this list.", style="yellow")


def _forgotten(forgotten: Forgotten) -> Iterator[RenderableType]:
    yield Text(f"Forgot {_so_many(len(forgotten.runs), 'run')}.")
    if forgotten.schedules:
        yield Text(f"Removed {_so_many(forgotten.schedules, 'schedule')}.")
    if forgotten.files.count:
        yield Text(f"Removed {_files(forgotten.files)} that only this case named.")
    if forgotten.sent:
        yield sent_view(forgotten.sent)
        yield Text("Have that removed there; it is no longer known here where it went.", style="yellow")
    for busy in forgotten.busy:
        yield plain(str(busy), "red")
    match forgotten.file:
        case "in use" | "no room":
            yield Text(UNFINISHED[forgotten.file], style="red")
        case "left to the server":
            yield Text(SERVER, style="yellow")
        case "compacted":
            return
        case _ as impossible:
            assert_never(impossible)


def _files(files: Files) -> str:
    """How many files, and how large they are."""
    return f"{_so_many(files.count, 'file')} ({files.size / 1e6:,.1f} MB)"


def _so_many(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"
