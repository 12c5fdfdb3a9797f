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
    from runtime.roundhouse import Roundhouse
    from runtime.upkeep import Forgotten
    from state.sql.footprint import Footprint, SentEffect

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
    """Remove the checkpoints of finished runs; keep decisions, ledger and audit trail."""
    from state.sql.database import database_file
    from state.sql.prune import Ended, Pruned, prunable

    ended = Ended(datetime.now(UTC) - parsed_duration(older_than, "--older-than"), workflow)
    person, is_file = person_of(by), bool(database_file(database_url(database)))
    if vacuum and not is_file:
        raise UsageError("--vacuum is for a SQLite file; a server vacuums by itself.")

    async def work(roundhouse: "Roundhouse") -> None:
        from state.sql.compaction import compact
        from terminal.upkeep import UNFINISHED, prunable_view, pruned_line

        found = await roundhouse.store.read(prunable, ended)
        count = sum(each.runs for each in found)
        goes_on = confirmed(
            lambda: prunable_view(found), count, "runs will lose all checkpoints", yes=yes, as_json=as_json
        )
        pruned = await roundhouse.prune(ended, by=person) if goes_on else Pruned()
        file = await roundhouse.store.read(compact) if goes_on and vacuum else None
        if as_json:
            runs = pruned.runs if goes_on else count
            print_json({"done": goes_on, "runs": runs, "checkpoints": pruned.checkpoints, "file": file})
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


def _count(found: "Footprint") -> tuple[int, str]:
    """How much there is to forget, and of what."""
    if found.runs or not found.lines:
        return len(found.runs), "runs will be forgotten"
    return len(found.lines), "rows in the quarantine will be forgotten"


def _as_json(found: "Footprint", forgotten: "Forgotten | None") -> dict[str, Any]:
    if forgotten is None:
        runs = [run.id for run in found.runs]
        rest: dict[str, Any] = {"busy": [], "lines": len(found.lines), "sent": _sent(found.sent), "file": None}
        return {"done": False, "runs": runs, **rest}
    return {
        "done": True,
        "runs": list(forgotten.runs),
        "busy": [busy.run for busy in forgotten.busy],
        "lines": forgotten.lines,
        "sent": _sent(forgotten.sent),
        "file": forgotten.file,
    }


def _sent(sent: "tuple[SentEffect, ...]") -> list[dict[str, Any]]:
    return [
        {**asdict(each), "delivered_at": each.delivered_at.isoformat() if each.delivered_at else None} for each in sent
    ]
