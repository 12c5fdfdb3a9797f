"""Commands on a file of cases: run them, and fit the default specialists to labelled ones."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from state.errors import UsageError
from terminal.budget import budget_line
from terminal.inbox import asked_lines
from terminal.meter import ProgressMeter
from terminal.options import DatabaseOption, JsonFlag, ModelOption, ProfileOption, ShapeOption, WorkflowArgument
from terminal.outbox import channel_notices, delivered_words
from terminal.output import print_json, print_model, tell
from terminal.session import STOPPED, STOPPED_WAITING, database_url, with_roundhouse
from terminal.source import named_source
from terminal.staff import check_seats, chosen_staffing, seat_notices
from terminal.tables import summary_view

if TYPE_CHECKING:
    from runtime.batch import Batch
    from runtime.queued_batch import QueuedBatch
    from runtime.roundhouse import Roundhouse
    from state.summary import Summary

QUARANTINE_SHOWN = 20
"""How many quarantined fields the summary lists."""

QUESTIONS_SHOWN = 3
"""How many of the questions that wait the summary lists."""

commands = typer.Typer()


@commands.command()
def run(
    workflow: WorkflowArgument,
    cases: Annotated[str, typer.Argument(help="A CSV or JSONL file of cases, or the name of a shipped source.")],
    *,
    profile: ProfileOption = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many rows.")] = None,
    sample: Annotated[int | None, typer.Option(help="Only so many rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="What --sample draws with.")] = 0,
    concurrency: Annotated[int | None, typer.Option(min=1, max=1024, help="Runs at the same time.")] = None,
    model: ModelOption = None,
    shape: ShapeOption = "hub",
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew instead of going on.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write every case with its decisions to a .csv or .jsonl.")] = None,
    queue: Annotated[bool, typer.Option("--queue", help="Have workers drive them; needs PostgreSQL.")] = False,
    chunk: Annotated[int | None, typer.Option(min=1, max=1000, help="With --queue, so many cases to a job.")] = None,
    priority: Annotated[int, typer.Option(min=-99, max=99, help="With --queue, a higher one is worked first.")] = 0,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="With --queue, do not wait for the workers.")] = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Run every case of a file. Given again, the same command goes on where it was stopped."""
    from runtime.batch import Batch, Selection
    from runtime.export import check_export, export
    from runtime.intake import Source
    from runtime.settings import settings
    from state.sql.database import database_file

    staffing = chosen_staffing(model or (), shape)
    selection = Selection(limit=limit, sample=sample, seed=seed)
    path, profile = named_source(workflow, cases, profile)
    if out is not None:
        check_export(out, keep=[path, *database_file(database_url(database))])
    queued = _queue_options(queue, chunk, priority, no_wait, out)
    meter = ProgressMeter(workflow)

    async def work(roundhouse: "Roundhouse") -> None:
        driver = await roundhouse.driver(workflow, profile, staffing)
        check_seats(driver.workflow, model or ())
        with meter:
            parts: dict[str, Any] = {"roundhouse": roundhouse, "driver": driver, "selection": selection, "meter": meter}
            parts |= {
                "source": Source(path, driver.workflow.case),
                "concurrency": concurrency or settings().concurrency,
            }
            batch = Batch(**parts) if queued is None else _queued_batch(warn=meter.warn, **queued, **parts)
            if no_wait:
                await cast("QueuedBatch", batch).enqueue(fresh=fresh)
            else:
                summary = await batch.run(fresh=fresh)
                await roundhouse.delivery.drain()
        if no_wait:
            return _tell_queued(cast("QueuedBatch", batch), as_json)
        if out is not None:
            await asyncio.to_thread(export, roundhouse.store, driver.workflow, batch.id, out)
        print_model(summary) if as_json else await _tell_summary(roundhouse, batch, summary)
        if summary.failed or batch.shortage is not None:
            raise typer.Exit(1)

    with_roundhouse(
        database,
        work,
        effects="left" if queue else "delivered",
        listener=meter.listener,
        stopped=STOPPED_WAITING if queue else STOPPED,
    )


@commands.command()
def fit(
    profile: Annotated[str, typer.Argument(help="A profile: a shipped name, or the path of a TOML file.")],
    labelled: Annotated[Path, typer.Argument(help="A CSV or JSONL file of leads with their outcomes.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Where the scorecards go; by default beside the profile.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random split in halves.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Fit the default specialists' scorecards to labelled leads."""
    from agents.lead.fit import fit_file
    from agents.lead.profile import load_profile
    from terminal.fit import fit_view

    fitted = fit_file(load_profile(profile), labelled, out, seed)
    print_model(fitted.scorecards) if as_json else tell(fit_view(fitted))


def _queue_options(
    queue: bool, chunk: int | None, priority: int, no_wait: bool, out: Path | None
) -> dict[str, Any] | None:
    """How a batch is put on the queue; None for one that is driven here. Raises ``UsageError``."""
    if not queue and (chunk is not None or no_wait or priority):
        raise UsageError("--chunk, --priority and --no-wait go with --queue.")
    if no_wait and out is not None:
        raise UsageError("--out writes what the cases came to, so it does not go with --no-wait.")
    return {"chunk": chunk, "priority": priority} if queue else None


def _queued_batch(**parts: Any) -> "Batch":
    # the queue takes a moment to import, which a batch without one need not wait for
    from runtime.queued_batch import QueuedBatch

    return QueuedBatch(**parts)


def _tell_queued(batch: "QueuedBatch", as_json: bool) -> None:
    """How much of a batch was put on the queue."""
    if as_json:
        print_json({"batch": batch.id, "queued": batch.queued})
    else:
        tell(f"{batch.queued} cases were put on the queue. The same command without --no-wait waits for them.")


async def _tell_summary(roundhouse: "Roundhouse", batch: "Batch", summary: "Summary") -> None:
    """What came of a batch, and what is left for a person to do."""
    from runtime.batch import REPLACED
    from runtime.budget import SqlBudgets
    from state.sql.batches import quarantined, spent_by, with_fallback
    from state.sql.reviews import open_of_batch

    problems = await roundhouse.store.read(quarantined, batch.id, QUARANTINE_SHOWN)
    _, _, cost = await roundhouse.store.read(spent_by, batch.id)
    tell(summary_view(summary, problems, cost, await roundhouse.store.read(with_fallback, batch.id)))
    if batch.workflow.escalation is not None:
        tell(budget_line(SqlBudgets(roundhouse.store, lambda name: batch.workflow).read(summary.workflow, None)))
    for notice in (*batch.notices, *seat_notices(batch.workflow), *channel_notices(batch.workflow)):
        tell(notice, style="yellow")
    if batch.replaces:
        tell(REPLACED, style="yellow")
    if batch.shortage is not None:
        tell(f"Not all rows were decided: {batch.shortage}.", style="red")
    if summary.completed and roundhouse.delivery.is_idle:
        tell("effects: the workers send them")
    elif summary.completed and not roundhouse.delivery.counts:
        tell("effects: nothing new to send")
    if roundhouse.delivery.counts:
        tell(delivered_words(roundhouse.delivery.counts))
    if summary.awaiting_review:
        tell(f"{summary.awaiting_review} wait for a human: roundhouse inbox", style="yellow")
        tell(asked_lines(await roundhouse.store.read(open_of_batch, batch.id, QUESTIONS_SHOWN)))
