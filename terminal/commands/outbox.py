"""The command on effects: what went out, what waits, and what needs a person's word."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from state.effect import EffectStatus
from state.errors import UsageError
from terminal.options import ByOption, DatabaseOption, JsonFlag
from terminal.outbox import effects_view
from terminal.output import print_list, print_model, tell
from terminal.person import person_of
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()

PAUSE = 5.0
"""Seconds between two sweeps while the outbox is watched."""

Wanted = Literal["delivered", "again", "withdrawn"]


@commands.command()
def outbox(
    effect: Annotated[str | None, typer.Argument(help="One effect's id, or the beginning of it, for --as.")] = None,
    *,
    as_: Annotated[
        Wanted | None, typer.Option("--as", help="Say of the effect that it arrived, is sent again, or is let be.")
    ] = None,
    deliver: Annotated[bool, typer.Option("--deliver", help="Deliver what is due before listing.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Deliver, remind, let deadlines pass and start runs, until stopped.")
    ] = False,
    retry_dead: Annotated[bool, typer.Option("--retry-dead", help="Send every dead one again.")] = False,
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(get_args(EffectStatus))}.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    by: ByOption = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List the effects, those that need attention first; deliver them; resolve one."""
    if (effect is None) != (as_ is None):
        raise UsageError("Give an effect and --as together, such as: roundhouse outbox 0a1b2c --as again.")
    if status is not None and status not in get_args(EffectStatus):
        raise UsageError(f"Status {status!r} is not known. Use one of {', '.join(get_args(EffectStatus))}.")
    person = person_of(by) if as_ or retry_dead else ""

    async def work(roundhouse: "Roundhouse") -> None:
        if effect is not None and as_ is not None:
            row = await roundhouse.resolve(effect, as_, by=person)
            print_model(row) if as_json else tell(effects_view([row], {}))
            return
        if retry_dead:
            await roundhouse.retry_dead(by=person)
        if deliver or retry_dead:
            await roundhouse.delivery.drain()
        if watch:
            await _watch(roundhouse)
        found, counts = await roundhouse.outbox(cast(EffectStatus | None, status), limit)
        print_list(found, as_json, lambda: effects_view(found, counts), "The outbox has no such effects.")

    delivers = deliver or watch or retry_dead
    with_roundhouse(database, work, needs="runs", effects="delivered" if delivers else "left")


async def _watch(roundhouse: "Roundhouse") -> None:
    """Sweep until the command is stopped; the open Roundhouse delivers meanwhile."""
    from state.errors import DatabaseLost
    from terminal.schedules import started_line

    tell("Delivering, reminding, watching deadlines, starting what is scheduled. Stop with Ctrl-C.", style="dim")
    while True:
        try:
            await roundhouse.sweep(lambda started: tell(started_line(started)))
        except DatabaseLost as lost:
            tell(str(lost), style="red")
        await asyncio.sleep(PAUSE)
