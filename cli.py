"""The terminal front door: the ``roundhouse`` command."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, cast, get_args

import typer
from pydantic import ValidationError

from agents.lead.fit import fit_file
from agents.lead.profile import load_profile
from graphs.catalogue import shipped
from graphs.draw import draw as draw_workflow
from graphs.lint import lint as lint_workflow
from runtime.batch import Batch, Selection
from runtime.export import check_export, export
from runtime.intake import Source
from runtime.roundhouse import Roundhouse
from runtime.settings import settings
from state.errors import InvalidAnswer, RoundhouseError, UnknownReview, UnknownRun, UsageError, in_words
from state.run import RunStatus
from state.sql.batches import quarantined
from state.sql.database import Database, database_file, require_database
from state.sql.reviews import count_open
from state.sql.runs import RunFilter
from terminal.answer import asked_action, parsed_edit, user_name
from terminal.fit import fit_view
from terminal.meter import ProgressMeter
from terminal.output import first_words, print_json, print_list, print_model, stop, tell
from terminal.story import story_view
from terminal.tables import REPLACED, answered_view, inbox_view, runs_view, summary_view

app = typer.Typer(
    name="roundhouse",
    help="Run cases through specialist agents, with one owner for every decision.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
database_commands = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(database_commands, name="db")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ProfileOption = Annotated[str | None, typer.Option(help="A profile: a shipped name, or the path of a TOML file.")]
WorkflowArgument = Annotated[str, typer.Argument(help="A name from the catalogue, or module:attribute.")]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="Instead of ROUNDHOUSE_DATABASE_URL.")
]

QUARANTINE_SHOWN = 20
"""How many quarantined fields the summary lists."""


@app.command()
def run(
    workflow: WorkflowArgument,
    cases: Annotated[str, typer.Argument(help="A CSV or JSONL file of cases, or the name of a shipped source.")],
    *,
    profile: ProfileOption = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many rows.")] = None,
    sample: Annotated[int | None, typer.Option(help="Only so many rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="What --sample draws with.")] = 0,
    concurrency: Annotated[int | None, typer.Option(min=1, max=1024, help="Runs at the same time.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew instead of going on.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write every case with its decisions to a .csv or .jsonl.")] = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Run every case of a file. Given again, the same command goes on where it was stopped."""
    selection = Selection(limit=limit, sample=sample, seed=seed)
    path, profile = _source(workflow, cases, profile)
    if out is not None:
        check_export(out, keep=[path, *database_file(database or settings().database_url)])

    async def work(roundhouse: Roundhouse) -> None:
        driver = await roundhouse.driver(workflow, profile)
        with ProgressMeter(workflow) as meter:
            batch = Batch(
                roundhouse=roundhouse,
                driver=driver,
                source=Source(path, driver.workflow.case),
                selection=selection,
                concurrency=concurrency or settings().concurrency,
                meter=meter,
            )
            summary = await batch.run(fresh=fresh)
        if out is not None:
            await asyncio.to_thread(export, roundhouse.store, driver.workflow, batch.id, out)
        if as_json:
            print_model(summary)
        else:
            problems = await roundhouse.store.read(quarantined, batch.id, QUARANTINE_SHOWN)
            tell(summary_view(summary, problems))
            if batch.replaces:
                tell(REPLACED, style="yellow")
            if summary.awaiting_review:
                tell(f"{summary.awaiting_review} wait for a human: roundhouse inbox", style="yellow")
        if summary.failed:
            raise typer.Exit(1)

    _with_roundhouse(database, work)


@app.command()
def fit(
    profile: Annotated[str, typer.Argument(help="A profile: a shipped name, or the path of a TOML file.")],
    labelled: Annotated[Path, typer.Argument(help="A CSV or JSONL file of leads with their outcomes.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where the scorecards go; by default beside the profile.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random split in halves.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Fit the default specialists' scorecards to labelled leads."""
    fitted = fit_file(load_profile(profile), labelled, out, seed)
    print_model(fitted.scorecards) if as_json else tell(fit_view(fitted))


@app.command()
def runs(
    *,
    status: Annotated[str | None, typer.Option(help=f"Only these: {', '.join(get_args(RunStatus))}.")] = None,
    workflow: Annotated[str | None, typer.Option(help="Only those of this workflow.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List runs, newest first."""
    if status is not None and status not in get_args(RunStatus):
        raise UsageError(f"Status {status!r} is not known. Use one of {', '.join(get_args(RunStatus))}.")
    chosen = RunFilter(workflow=workflow, status=cast(RunStatus | None, status))

    async def work(roundhouse: Roundhouse) -> None:
        found = await roundhouse.runs(chosen, limit)
        print_list(found, as_json, lambda: runs_view(found), "There are no such runs.")

    _with_roundhouse(database, work, needs="runs")


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="The run's id, or the beginning of it.")],
    *,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Tell the whole story of a run."""

    async def work(roundhouse: Roundhouse) -> None:
        story = await roundhouse.show(run)
        if as_json:
            print_json({"id": story.run.id, **story.model_dump(mode="json")})
        else:
            tell(story_view(story))

    _with_roundhouse(database, work, needs="runs")


@app.command()
def inbox(
    *,
    workflow: Annotated[str | None, typer.Option(help="Only those of this workflow.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """List the questions that wait for a human."""

    async def work(roundhouse: Roundhouse) -> None:
        await roundhouse.sweep()
        found = await roundhouse.inbox(workflow, limit)
        total = await roundhouse.store.read(count_open, workflow)
        print_list(found, as_json, lambda: inbox_view(found, total), "Nothing waits for a human.")

    _with_roundhouse(database, work, needs="runs")


@app.command()
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
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who answers; by default the user's name.")] = None,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Answer a question, and drive its run on."""
    action, text = asked_action(approve or prefer is not None, edit, send_back, reject)
    value, person = parsed_edit(edit), by or user_name()

    async def work(roundhouse: Roundhouse) -> None:
        await roundhouse.answer(review, action, by=person, decision=decision, prefer=prefer, value=value, text=text)
        run = (await roundhouse.show((await roundhouse.review(review)).run)).run
        if as_json:
            print_model(run)
        else:
            tell(answered_view(run, await roundhouse.questions(run.id)))

    _with_roundhouse(database, work, needs="runs")


@app.command()
def lint(workflow: WorkflowArgument, *, profile: ProfileOption = None, as_json: JsonFlag = False) -> None:
    """Say what is wrong with a workflow before anything runs."""
    findings = lint_workflow(shipped().load(workflow, _absolute(profile)))
    if as_json:
        rows = [
            {
                "id": each.id,
                "severity": each.severity,
                "names": each.names,
                "problem": each.problem,
                "mend": each.mend,
            }
            for each in findings
        ]
        print_json(rows)
    elif not findings:
        tell("Nothing to mend.", style="green")
    for finding in [] if as_json else findings:
        style = "red" if finding.severity == "error" else "yellow"
        tell(f"{finding.severity}: {finding}", style=style)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def draw(workflow: WorkflowArgument, *, profile: ProfileOption = None, as_json: JsonFlag = False) -> None:
    """Draw a workflow as Mermaid text."""
    drawing = draw_workflow(shipped().load(workflow, _absolute(profile)))
    print_json({"id": workflow, "mermaid": drawing}) if as_json else sys.stdout.write(drawing)


@database_commands.command()
def upgrade(*, as_json: JsonFlag = False, database: DatabaseOption = None) -> None:
    """Bring the database's schema up to this version."""
    revision = Database.upgrade(database or settings().database_url)
    print_json({"id": revision}) if as_json else tell(f"The database is at revision {revision}.")


def main() -> None:
    """Run the command; a user's mistake is one line on standard error and status 2."""
    try:
        app()
    except (UsageError, UnknownRun, UnknownReview, InvalidAnswer) as mistake:
        stop(str(mistake), 2)
    except ValidationError as invalid:
        stop(in_words(invalid), 2)
    except RoundhouseError as error:
        stop(str(error), 1)
    except BaseExceptionGroup as group:
        stop(first_words(group), 1)


def _with_roundhouse(
    database: str | None, work: Callable[[Roundhouse], Awaitable[None]], needs: Literal["runs", "nothing"] = "nothing"
) -> None:
    url = database or settings().database_url
    if needs == "runs":
        require_database(url)

    async def opened() -> None:
        async with Roundhouse.open(url) as roundhouse:
            await work(roundhouse)

    try:
        asyncio.run(opened())
    except KeyboardInterrupt:
        stop("Stopped. What was finished is kept; give the same command again, without --fresh, to go on.", 130)


def _source(workflow: str, cases: str, profile: str | None) -> tuple[Path, str | None]:
    """The file of the cases, and the profile that they are read with."""
    path = Path(cases)
    if not path.exists():
        named = shipped().source(workflow, cases)
        if named is not None:
            return named, _absolute(profile) or cases
    return path, _absolute(profile)


def _absolute(profile: str | None) -> str | None:
    """A profile's path in full, since its runs may be answered from another folder; a shipped name as it is."""
    return str(Path(profile).resolve()) if profile is not None and Path(profile).is_file() else profile


if __name__ == "__main__":
    main()
