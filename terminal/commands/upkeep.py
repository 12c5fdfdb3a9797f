"""Commands that remove: checkpoints that nobody needs any more, and the data of a person who asks for it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from state.errors import UsageError
from terminal.duration import parsed_duration
from terminal.options import ByOption, DatabaseOption, JsonFlag, YesFlag
from terminal.output import print_json, tell
from terminal.person import person_of
from terminal.preview import confirmed
from terminal.session import database_url, with_roundhouse

if TYPE_CHECKING:
    from runtime.kept_files import Files
    from runtime.roundhouse import Roundhouse
    from runtime.upkeep import Forgotten
    from state.sql.footprint import Footprint, SentEffect
    from state.sql.prune import Pruned

WorkflowFilter = Annotated[str | None, typer.Option("--workflow", help="Only those of this workflow.")]

commands = typer.Typer()


@commands.command()
def prune(
    *,
    older_than: Annotated[str, typer.Option(metavar="TIME", help="How long ago they ended: 30d, or s, min, h, w.")],
    workflow: WorkflowFilter = None,
    vacuum: Annotated[bool, typer.Option("--vacuum", help="Then give the room back to the disk (SQLite).")] = False,
    by: ByOption = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Remove the checkpoints of finished runs, and files that nothing names; keep decisions, ledger and audit trail."""
    from state.sql.database import database_file
    from state.sql.prune import Ended, Pruned, prunable

    ended = Ended(datetime.now(UTC) - parsed_duration(older_than, "--older-than"), workflow)
    person, is_file = person_of(by), bool(database_file(database_url(database)))
    if vacuum and not is_file:
        raise UsageError("--vacuum is for a SQLite file; a server vacuums by itself.")

    async def work(roundhouse: "Roundhouse") -> None:
        from runtime.kept_files import unnamed
        from state.sql.compaction import compact
        from terminal.upkeep import UNFINISHED, prunable_view, pruned_line

        found = await roundhouse.store.read(prunable, ended)
        files = await unnamed(roundhouse.store, roundhouse.files)
        count = sum(each.runs for each in found)
        goes_on = confirmed(lambda: prunable_view(found, files), *_prunable(count, files), yes=yes, as_json=as_json)
        pruned = await roundhouse.prune(ended, by=person) if goes_on else Pruned()
        file = await roundhouse.store.read(compact) if goes_on and vacuum else None
        if as_json:
            there = pruned if goes_on else Pruned(count, 0, files.count, files.size)
            print_json({"done": goes_on, **_counts(there), "file": file})
        elif goes_on:
            tell(pruned_line(pruned))
            if is_file and not vacuum:
                tell("The file keeps its size, and uses the room again. --vacuum gives it back.", style="dim")
        if file in UNFINISHED:
            if not as_json:
                tell(UNFINISHED[file], style="red")
            raise typer.Exit(1)

    with_roundhouse(database, work, needs="runs")


@commands.command()
def forget(
    case: Annotated[str, typer.Argument(help="The case's id, in full.")],
    *,
    workflow: WorkflowFilter = None,
    by: ByOption = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Remove one person's data everywhere, and keep only that this was done."""
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        from state.sql.footprint import find_footprint
        from terminal.upkeep import UNFINISHED, footprint_view, forgotten_view

        found = await roundhouse.store.read(find_footprint, case, workflow)
        goes_on = confirmed(lambda: footprint_view(found), *_count(found), yes=yes, as_json=as_json)
        forgotten = await roundhouse.forget(case, by=person, workflow=workflow) if goes_on else None
        if as_json:
            print_json(_as_json(found, forgotten))
        elif forgotten is not None:
            tell(forgotten_view(forgotten))
        if forgotten is not None and (forgotten.busy or forgotten.file in UNFINISHED):
            raise typer.Exit(1)

    with_roundhouse(database, work, needs="runs")


def _prunable(runs: int, files: "Files") -> tuple[int, str]:
    """How much there is to prune, and of what."""
    if runs or not files.count:
        return runs, "runs will lose all checkpoints"
    return files.count, "files that nothing names any more will be removed"


def _counts(pruned: "Pruned") -> dict[str, int]:
    return {"runs": pruned.runs, "checkpoints": pruned.checkpoints, "files": pruned.files, "bytes": pruned.size}


def _count(found: "Footprint") -> tuple[int, str]:
    """How much there is to forget, and of what."""
    if found.runs or not found.lines:
        return len(found.runs), "runs will be forgotten"
    return len(found.lines), "rows in the quarantine will be forgotten"


def _as_json(found: "Footprint", forgotten: "Forgotten | None") -> dict[str, Any]:
    if forgotten is None:
        runs = [run.id for run in found.runs]
        rest: dict[str, Any] = {"busy": [], "lines": len(found.lines), "sent": _sent(found.sent)}
        rest |= {"schedules": len(found.schedules), "files": 0, "bytes": 0, "file": None}
        return {"done": False, "runs": runs, **rest}
    return {
        "done": True,
        "runs": list(forgotten.runs),
        "busy": [busy.run for busy in forgotten.busy],
        "lines": forgotten.lines,
        "sent": _sent(forgotten.sent),
        "schedules": forgotten.schedules,
        "files": forgotten.files.count,
        "bytes": forgotten.files.size,
        "file": forgotten.file,
    }


def _sent(sent: "tuple[SentEffect, ...]") -> list[dict[str, Any]]:
    return [
        {**asdict(each), "delivered_at": each.delivered_at.isoformat() if each.delivered_at else None} for each in sent
    ]
