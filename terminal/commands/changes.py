"""Commands that have a run go on otherwise: under another signature of its workflow, or as a fork."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.settings import settings
from state.errors import UsageError
from terminal.changes import fork_json, fork_view, migrations_json, migrations_view, parsed_changes, plans_view
from terminal.options import ByOption, DatabaseOption, JsonFlag, YesFlag
from terminal.output import print_json, tell
from terminal.person import person_of
from terminal.preview import confirmed
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.migrating import Migration
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()

HELD_BACK = "Nothing of it is delivered. Give the command with --deliver for a fork whose effects go out."


@commands.command()
def fork(
    run: Annotated[str, typer.Argument(help="The run's id, or the beginning of it.")],
    *,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="DECISION=JSON", help="Fields that are decided otherwise; may be repeated."),
    ] = None,
    deliver: Annotated[bool, typer.Option("--deliver", help="Let its effects go out, as corrections.")] = False,
    by: ByOption = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Run a case again with something decided otherwise; only what depends on that is made again."""
    fields, person = parsed_changes(changes or []), person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        made = await roundhouse.fork(run, fields, by=person, effects="deliver" if deliver else "hold back")
        if as_json:
            print_json(fork_json(made))
        else:
            tell(fork_view(made))
            tell("" if deliver else HELD_BACK, style="dim")
        if made.run.status == "failed":
            raise typer.Exit(1)

    with_roundhouse(database, work, needs="runs", effects="delivered" if deliver else "left")


@commands.command()
def migrate(
    runs: Annotated[list[str] | None, typer.Argument(help="The runs' ids, or the beginnings of them.")] = None,
    *,
    workflow: Annotated[str | None, typer.Option(help="All unfinished runs of this workflow.")] = None,
    batch: Annotated[str | None, typer.Option(help="All unfinished runs of this batch.")] = None,
    by: ByOption = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Let runs go on after their workflow has changed, with every decision that the change does not touch."""
    if bool(runs) == bool(workflow or batch):
        raise UsageError("Say which runs: either by their ids, or with --workflow, --batch or both.")
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        from runtime.migrating import migrate_all, not_migrated, plan_all

        plans = _by_run(await plan_all(roundhouse, runs or await not_migrated(roundhouse, workflow, batch)))
        due = [plan for plan in plans.values() if plan.carried is not None]
        done = confirmed(partial(plans_view, due), len(due), "runs will be migrated", yes=yes, as_json=as_json)
        moved = (
            await migrate_all(roundhouse, [plan.run for plan in due], settings().concurrency, person) if done else []
        )
        told = list((plans | _by_run(moved)).values())
        if as_json:
            print_json(migrations_json(done, told))
        elif shown := [each for each in told if done or each.carried is None]:
            tell(migrations_view(shown))
        if any(each.refused for each in told):
            raise typer.Exit(1)

    with_roundhouse(database, work, needs="runs", effects="delivered")


def _by_run(migrations: "list[Migration]") -> "dict[str, Migration]":
    return {each.run: each for each in migrations}
