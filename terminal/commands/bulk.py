"""Commands on many runs at once: those that failed are retried, those that nobody needs any more are cancelled."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from state.errors import UsageError
from state.run import RunRow, RunStatus
from terminal.options import ByOption, DatabaseOption, JsonFlag, YesFlag
from terminal.output import print_json, tell
from terminal.person import person_of
from terminal.preview import confirmed
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.bulk import Touched
    from runtime.roundhouse import Roundhouse
    from state.sql.choice import Choice, ChosenRun

RunsArgument = Annotated[list[str] | None, typer.Argument(help="Ids of runs, or beginnings of them.")]
WorkflowFilter = Annotated[str | None, typer.Option("--workflow", help="Only those of this workflow.")]
BatchFilter = Annotated[str | None, typer.Option("--batch", help="Only those of this batch.")]

commands = typer.Typer()


@commands.command()
def retry(
    runs: RunsArgument = None,
    *,
    workflow: WorkflowFilter = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Only those whose error has these words.")] = "",
    batch: BatchFilter = None,
    by: ByOption = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Drive failed runs on from where they stand: those that are named, or all that fit."""
    from state.sql.choice import Choice

    choice = Choice(("failed",), tuple(runs or ()), workflow, batch, reason)
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        async def retry_one(run: str) -> RunRow:
            return await roundhouse.retry(run, by=person)

        await _do_to_each(roundhouse, retry_one, choice, "runs will be retried", yes, as_json)

    with_roundhouse(database, work, needs="runs", effects="delivered")


@commands.command()
def cancel(
    runs: RunsArgument = None,
    *,
    workflow: WorkflowFilter = None,
    status: Annotated[str | None, typer.Option(help="Only these: running, waiting or failed.")] = None,
    batch: BatchFilter = None,
    replaced: Annotated[
        bool, typer.Option("--replaced", help="Only those that wait while a newer batch of the file has their case.")
    ] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    by: ByOption = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Close runs that are not at their end, and withdraw their questions."""
    if not (runs or workflow or status or batch or replaced):
        raise UsageError("Say which runs: by their ids, or with --workflow, --status, --batch or --replaced.")
    from state.sql.choice import Choice

    statuses = _statuses(status, replaced)
    choice = Choice(statuses, tuple(runs or ()), workflow, batch, among="replaced" if replaced else "all")
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        async def cancel_one(run: str) -> RunRow:
            return await roundhouse.cancel(run, by=person, reason=reason)

        await _do_to_each(roundhouse, cancel_one, choice, "runs will be cancelled", yes, as_json)

    with_roundhouse(database, work, needs="runs")


def _statuses(status: str | None, replaced: bool) -> tuple[RunStatus, ...]:
    """The statuses of the runs that are cancelled. Raises ``UsageError``."""
    from state.sql.cancel import CANCELLABLE

    if status is None:
        return ("waiting",) if replaced else CANCELLABLE
    if status not in CANCELLABLE:
        raise UsageError(f"Runs that are {status!r} cannot be cancelled. Use one of {', '.join(CANCELLABLE)}.")
    return (status,)


async def _do_to_each(
    roundhouse: "Roundhouse",
    do: Callable[[str], Awaitable[RunRow]],
    choice: "Choice",
    what: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show which runs are meant, do it where that is wanted, and say what came of it."""
    from runtime.bulk import several
    from runtime.settings import settings
    from state.sql.choice import chosen_runs
    from terminal.bulk import chosen_view, needs_a_look, touched_view

    chosen = await roundhouse.store.read(chosen_runs, choice)
    goes_on = confirmed(lambda: chosen_view(chosen), len(chosen), what, yes=yes, as_json=as_json)
    touched = await several(do, chosen, settings().concurrency) if goes_on else ()
    if as_json:
        rows = [_row(each.run, each) for each in touched] if goes_on else [_row(run) for run in chosen]
        print_json({"done": goes_on, "runs": rows})
    elif touched:
        tell(touched_view(touched))
    if any(map(needs_a_look, touched)):
        raise typer.Exit(1)


def _row(run: "ChosenRun", touched: "Touched | None" = None) -> dict[str, Any]:
    came_to = {"result": touched.result, "detail": touched.detail} if touched else {"result": None, "detail": ""}
    return {**asdict(run), "created_at": run.created_at.isoformat(), **came_to}
