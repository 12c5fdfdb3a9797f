"""Commands on reviews: the questions that wait for a human, and the answer to one."""

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from runtime.settings import settings
from state.errors import UsageError
from terminal.answer import asked_action, parsed_edit
from terminal.inbox import answered_view, answers_view, claimed_view, inbox_view
from terminal.options import DatabaseOption, JsonFlag, YesFlag
from terminal.output import print_json, print_list, print_model, tell
from terminal.person import person_of
from terminal.preview import confirmed
from terminal.session import with_roundhouse

if TYPE_CHECKING:
    from runtime.roundhouse import Roundhouse

commands = typer.Typer()


@commands.command()
def inbox(
    *,
    workflow: Annotated[str | None, typer.Option(help="Only those of this workflow.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only those in this queue.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List the questions that wait for a human."""

    async def work(roundhouse: "Roundhouse") -> None:
        from state.sql.reviews import count_open

        await roundhouse.sweep()
        found = await roundhouse.inbox(workflow, limit, queue)
        total = await roundhouse.store.read(count_open, workflow, queue)
        print_list(
            found,
            as_json,
            lambda: inbox_view(found, total),
            "Nothing waits for a human." if queue is None else "Nothing waits in that queue.",
        )

    with_roundhouse(database, work, needs="runs", effects="delivered")


@commands.command()
def claim(
    review: Annotated[str, typer.Argument(help="The review's id, or the beginning of it.")],
    *,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who claims it; by default the user's name.")] = None,
    minutes: Annotated[float, typer.Option(min=0.1, max=1440, help="For how long.")] = 15,
    release: Annotated[bool, typer.Option("--release", help="Let go of it instead.")] = False,
    priority: Annotated[
        int | None, typer.Option(min=-1_000_000, max=1_000_000, help="Only set its priority: the higher, the sooner.")
    ] = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Claim a question, so that for a time nobody else answers it and its deadline stands still."""
    person = person_of(by)

    async def work(roundhouse: "Roundhouse") -> None:
        if priority is not None:
            row = await roundhouse.prioritise(review, priority, by=person)
        elif release:
            row = await roundhouse.release(review, by=person)
        else:
            row = await roundhouse.claim(review, by=person, minutes=minutes)
        print_model(row) if as_json else tell(claimed_view(row))

    with_roundhouse(database, work, needs="runs")


@commands.command()
def answer(
    review: Annotated[str, typer.Argument(help="The review's id, or the beginning of it.")],
    *,
    approve: Annotated[bool, typer.Option("--approve", help="Let the suggestion stand.")] = False,
    edit: Annotated[str | None, typer.Option(metavar="JSON", help="Decide it yourself: fields to change.")] = None,
    send_back: Annotated[str | None, typer.Option(metavar="TEXT", help="Have it decided again, with guidance.")] = None,
    reject: Annotated[str | None, typer.Option(metavar="TEXT", help="Close the case, with the reason.")] = None,
    prefer: Annotated[str | None, typer.Option(metavar="NAME", help="Of a conflict, the side to take.")] = None,
    decision: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a conflict, which decision is meant.")
    ] = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why, for an approval or an edit; it is kept.")] = "",
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who answers; by default the user's name.")] = None,
    alike: Annotated[
        bool, typer.Option("--alike", help="All open questions about the same, for the same reason.")
    ] = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Answer a question, and drive its run on."""
    action, text = asked_action(approve or prefer is not None, edit, send_back, reject)
    value, person, text = parsed_edit(edit), person_of(by), text or why
    if alike and action == "edit":
        raise UsageError("--alike goes with --approve, --prefer, --send-back and --reject; edit one at a time.")

    async def work(roundhouse: "Roundhouse") -> None:
        if alike:
            said = {"decision": decision, "prefer": prefer, "text": text}
            await _answer_alike(roundhouse, review, yes, as_json, action=action, by=person, **said)
            return
        await roundhouse.answer(review, action, by=person, decision=decision, prefer=prefer, value=value, text=text)
        run = (await roundhouse.show((await roundhouse.review(review)).run)).run
        if as_json:
            print_model(run)
        else:
            tell(answered_view(run, await roundhouse.questions(run.id)))

    with_roundhouse(database, work, needs="runs", effects="delivered")


async def _answer_alike(roundhouse: "Roundhouse", review: str, yes: bool, as_json: bool, **answer: Any) -> None:
    """Answer all questions like one, after a preview of them; one that is refused leaves the others as they are."""
    from runtime.answering import answer_all

    found = await roundhouse.alike(review)
    view = partial(inbox_view, found, len(found))
    done = confirmed(view, len(found), f"questions will be answered: {answer['action']}", yes=yes, as_json=as_json)
    answered = (
        await answer_all(roundhouse, [each.id for each in found], settings().concurrency, **answer) if done else []
    )
    if as_json:
        print_json(
            {"done": done, "questions": [each.id for each in found], "answers": [asdict(each) for each in answered]}
        )
    elif done:
        tell(answers_view(answered))
    if any(each.refused for each in answered):
        raise typer.Exit(1)
