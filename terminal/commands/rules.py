"""The command on rules from people's answers: what they suggest, and a person's word on it."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from state.errors import UsageError
from terminal.options import ByOption, DatabaseOption, JsonFlag, YesFlag
from terminal.output import print_json, tell
from terminal.person import person_of
from terminal.preview import confirmed
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def rules(
    workflow: Annotated[str | None, typer.Argument(help="Only this workflow; by default all that have runs.")] = None,
    *,
    accept: Annotated[
        str | None, typer.Option(metavar="CONFLICT", help="Accept the rule that is proposed for this conflict.")
    ] = None,
    revoke: Annotated[str | None, typer.Option(metavar="CONFLICT", help="Revoke the rule of this conflict.")] = None,
    at_least: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="How often in a row people must have answered the same way.")
    ] = 10,
    by: ByOption = None,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Say which conflicts people always answer the same way, and have a rule answer them from now on."""
    if accept is not None and revoke is not None:
        raise UsageError("--accept and --revoke cannot be used together.")
    if workflow is None and (accept is not None or revoke is not None):
        raise UsageError("Say of which workflow, such as: roundhouse rules lead-qualification --accept territory.")
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        if workflow is not None and accept is not None:
            await _accept(roundhouse, workflow, accept, at_least, person, yes, as_json)
        elif workflow is not None and revoke is not None:
            await _revoke(roundhouse, workflow, revoke, person, yes, as_json)
        else:
            _list(roundhouse, workflow, at_least, as_json)

    with_roundhouse(database, work, needs="runs")


def _list(roundhouse: "Roundhouse", workflow: str | None, at_least: int, as_json: bool) -> None:
    from terminal.rules import NOTHING, chapter_json, chapters_view

    chapters = roundhouse.rulebook.chapters(workflow, at_least)
    if as_json:
        print_json([chapter_json(each) for each in chapters])
    else:
        tell(chapters_view(chapters, at_least) if chapters else NOTHING)


async def _accept(
    roundhouse: "Roundhouse", workflow: str, conflict: str, at_least: int, by: str, yes: bool, as_json: bool
) -> None:
    from terminal.rules import acceptance_view, change_json, done_view

    book = roundhouse.rulebook
    change = book.acceptance(workflow, conflict, at_least)
    goes_on = confirmed(partial(acceptance_view, change), 1, "rules will be accepted", yes=yes, as_json=as_json)
    rule = await book.accept(change, by=by, at_least=at_least) if goes_on else None
    if as_json:
        print_json(change_json(change, rule))
    elif rule is not None:
        tell(done_view(rule))


async def _revoke(roundhouse: "Roundhouse", workflow: str, conflict: str, by: str, yes: bool, as_json: bool) -> None:
    from terminal.rules import change_json, done_view, revocation_view

    book = roundhouse.rulebook
    change = book.revocation(workflow, conflict)
    goes_on = confirmed(partial(revocation_view, change), 1, "rules will be revoked", yes=yes, as_json=as_json)
    rule = await book.revoke(workflow, conflict, by=by) if goes_on else None
    if as_json:
        print_json(change_json(change, rule))
    elif rule is not None:
        tell(done_view(rule))
