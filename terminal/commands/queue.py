"""Commands around the queue: who works, what is limited on all machines together, and batches that are held back."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from state.errors import UsageError, in_words
from terminal.options import ByOption, DatabaseOption, JsonFlag
from terminal.output import print_list, print_model, tell
from terminal.person import person_of
from terminal.preview import confirmed
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.batches import Batches
    from runtime.roundhouse import Roundhouse
    from state.limit import Limit
    from state.workers import Load

commands = typer.Typer()

SHOWN = 10
"""How many runs are shown before they are closed."""

PAUSE = 2.0
"""Seconds between two looks while workers are watched."""


@commands.command()
def workers(
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Keep looking, until stopped.")] = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Show the workers, what waits for them, how quickly it goes, and what failed."""
    if watch and as_json:
        raise UsageError("--watch and --json cannot be used together.")

    async def work(roundhouse: "Roundhouse") -> None:
        from state.sql.workers import read_load
        from terminal.workers import load_view

        if watch:
            await _watch(roundhouse)
            return
        load = await roundhouse.store.read(read_load)
        print_model(load) if as_json else tell(load_view(load))

    with_roundhouse(database, work, needs="runs", stopped="")


@commands.command()
def limit(
    scope: Annotated[
        str | None, typer.Argument(help="workflow:NAME, specialist:NAME or model:NAME; without one, list all.")
    ] = None,
    *,
    at_once: Annotated[int | None, typer.Option("--at-once", help="So many at the same time, everywhere.")] = None,
    per_minute: Annotated[int | None, typer.Option("--per-minute", help="So many begin in any minute.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Limit it no more.")] = False,
    by: ByOption = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Limit a workflow, a specialist or a model on all machines together; without arguments, list the limits."""
    sets = at_once is not None or per_minute is not None
    if scope is None and (sets or none):
        raise UsageError("Say what is limited, such as: roundhouse limit workflow:lead-qualification --at-once 8.")
    if scope is not None and sets == none:
        raise UsageError("Give --at-once or --per-minute or both, or --none to limit it no more.")
    declared = _limit(scope, at_once, per_minute) if scope is not None and sets else None
    person = person_of(by) if sets else ""

    async def work(roundhouse: "Roundhouse") -> None:
        from datetime import UTC, datetime

        from state.sql.limits import list_limits, remove_limit, set_limit
        from terminal.limits import NO_LIMITS, limits_view

        if declared is not None:
            await roundhouse.store.write(set_limit, declared, person, datetime.now(UTC))
        elif scope is not None:
            await roundhouse.store.write(remove_limit, scope)
        rows = await roundhouse.store.read(list_limits)
        print_list(rows, as_json, lambda: limits_view(rows), NO_LIMITS)

    with_roundhouse(database, work)


@commands.command()
def batch(
    batch: Annotated[str | None, typer.Argument(help="A batch's id, or the beginning of it.")] = None,
    *,
    pause: Annotated[bool, typer.Option("--pause", help="Have no more of its queued runs begin.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Have them begin again.")] = False,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Close its runs that have not begun; those under way end.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many.")] = 20,
    by: ByOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Cancel without asking.")] = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List the batches; pause one that is on the queue, have it go on, or cancel what has not begun."""
    wanted = [name for name, is_wanted in (("pause", pause), ("resume", resume), ("cancel", cancel)) if is_wanted]
    if len(wanted) > 1:
        raise UsageError("--pause, --resume and --cancel cannot be used together.")
    if wanted and batch is None:
        raise UsageError(f"Say which batch, such as: roundhouse batch 0a1b2c3d-1 --{wanted[0]}.")
    person = person_of(by) if cancel else ""

    async def work(roundhouse: "Roundhouse") -> None:
        from runtime.batches import Batches
        from terminal.limits import NO_BATCHES, batches_view

        batches, named = Batches(roundhouse.store), batch or ""
        match wanted:
            case ["pause"]:
                await batches.pause(named)
            case ["resume"]:
                await batches.resume(named)
            case ["cancel"]:
                await _cancel(roundhouse, batches, named, person, yes, as_json)
        rows = await _listed(roundhouse, batch, limit)
        print_list(rows, as_json, lambda: batches_view(rows), NO_BATCHES)

    with_roundhouse(database, work, needs="runs")


async def _listed(roundhouse: "Roundhouse", batch: str | None, limit: int) -> list[Any]:
    from state.sql.batch_list import list_batches
    from state.sql.pausing import find_batch

    if batch is None:
        return list(await roundhouse.store.read(list_batches, limit))
    found = await roundhouse.store.read(find_batch, batch)
    return list(await roundhouse.store.read(list_batches, 1, found.id))


async def _cancel(
    roundhouse: "Roundhouse", batches: "Batches", named: str, person: str, yes: bool, as_json: bool
) -> None:
    """Ask, and close what has not begun."""
    from state.run import RunRow
    from state.sql.pausing import find_batch, not_begun
    from terminal.bulk import chosen_view

    found = await roundhouse.store.read(find_batch, named)
    waiting = await roundhouse.store.read(not_begun, found.id, 1_000_000)
    if waiting and not confirmed(
        lambda: chosen_view(waiting[:SHOWN]), len(waiting), "runs will be closed", yes=yes, as_json=as_json
    ):
        return

    async def cancel_one(run: str) -> RunRow:
        return await roundhouse.cancel(run, by=person, reason="its batch was cancelled")

    closed = await batches.cancel(found.id, cancel_one)
    if not as_json:
        tell(f"{closed.closed:,} runs were closed; those under way go to their end.")


async def _watch(roundhouse: "Roundhouse") -> None:
    """Show the load until the command is stopped; where the database is away, say so and look again."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from state.errors import DatabaseLost
    from state.sql.workers import read_load
    from terminal.workers import load_view

    shown: Load | None = None
    with Live(auto_refresh=False) as live:
        while True:
            try:
                shown = await roundhouse.store.read(read_load)
                live.update(load_view(shown), refresh=True)
            except DatabaseLost as lost:
                before = [load_view(shown)] if shown is not None else []
                live.update(Group(*before, Text(str(lost), style="red")), refresh=True)
            await asyncio.sleep(PAUSE)


def _limit(scope: str, at_once: int | None, per_minute: int | None) -> "Limit":
    from state.limit import Limit, checked_scope

    try:
        return Limit(scope=checked_scope(scope), at_once=at_once, per_minute=per_minute)
    except ValidationError as invalid:
        raise UsageError(f"The limit cannot be used: {in_words(invalid)}.") from None
