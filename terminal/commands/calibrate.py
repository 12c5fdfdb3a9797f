"""The command that sets a workflow's threshold from labelled cases, and certifies what it promises."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from state.errors import UsageError
from terminal.meter import ProgressMeter
from terminal.options import (
    DatabaseOption,
    JsonFlag,
    ModelOption,
    ProfileOption,
    ShapeOption,
    WorkflowArgument,
    profile_in_full,
)
from terminal.output import print_json, stop, tell
from terminal.session import with_roundhouse
from terminal.source import named_source
from terminal.staff import check_seats, chosen_staffing, seat_notices

if TYPE_CHECKING:
    from runtime.batch import Selection
    from runtime.calibrating import Calibration
    from runtime.driver import Driver
    from runtime.labelled import Labelled
    from runtime.roundhouse import Roundhouse
    from state.certificate import Demand
    from terminal.calibrate import Extent

commands = typer.Typer()


@commands.command()
def calibrate(
    workflow: WorkflowArgument,
    labelled: Annotated[
        str | None,
        typer.Argument(
            help="A CSV or JSONL file of labelled cases, or the name of a shipped source; by default the cases that "
            "were run here and whose outcome is recorded."
        ),
    ] = None,
    *,
    human_budget: Annotated[
        float | None,
        typer.Option(help="The greatest share of cases that may ask a human; by default what the workflow declares."),
    ] = None,
    max_error: Annotated[
        float | None, typer.Option(help="The greatest share of wrong ones among the cases that no human sees.")
    ] = None,
    profile: ProfileOption = None,
    model: ModelOption = None,
    shape: ShapeOption = "hub",
    limit: Annotated[int | None, typer.Option(help="Only the first so many rows.")] = None,
    sample: Annotated[int | None, typer.Option(help="Only so many rows, drawn at random.")] = None,
    seed: Annotated[int, typer.Option(help="What --sample draws with.")] = 0,
    curve: Annotated[
        bool, typer.Option("--curve", help="Also print what a human's time buys: risk against human share.")
    ] = False,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw that curve into a .svg or .png.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the certificate; runs do not use it.")] = False,
    as_json: JsonFlag = False,
    database: DatabaseOption = None,
) -> None:
    """Set the threshold from labelled cases so that a budget is kept, and certify what it promises."""
    from graphs.attention.no_promise import NoPromise
    from runtime.batch import Selection
    from runtime.calibrating import calibrate as calibrated
    from runtime.settings import settings
    from terminal.calibrate import calibration_json, calibration_view

    staffing = chosen_staffing(model or (), shape)
    selection = Selection(limit=limit, sample=sample, seed=seed)
    path, profile = (None, profile_in_full(profile)) if labelled is None else named_source(workflow, labelled, profile)
    _check_plot(plot)
    meter = ProgressMeter(workflow)
    extent: Extent = "with curve" if curve else "without"

    async def work(roundhouse: "Roundhouse") -> None:
        driver = await roundhouse.driver(workflow, profile, staffing)
        check_seats(driver.workflow, model or ())
        demand = _demand(driver, human_budget, max_error)
        known = await _labelled(roundhouse, driver, path, selection)
        with meter:
            found = await calibrated(driver, roundhouse.models, known, demand, settings().concurrency, meter)
        replaced = None if dry_run else await roundhouse.attention.issue(found.certificate)
        _draw(found, plot)
        if as_json:
            print_json(calibration_json(found, extent))
            return
        tell(calibration_view(found, "only printed" if dry_run else "issued", extent, replaced))
        for notice in seat_notices(driver.workflow):
            tell(notice, style="yellow")

    try:
        with_roundhouse(database, work, listener=meter.listener, stopped="Stopped. Nothing was stored.")
    except NoPromise as refused:
        stop(str(refused), 1)


def _demand(driver: "Driver", human_budget: float | None, max_error: float | None) -> "Demand":
    """What is asked for; the budget that the workflow declares where nothing is. Raises ``UsageError``."""
    from graphs.attention.grading import escalation_of
    from state.certificate import Demand

    declared = escalation_of(driver.workflow).budget
    for name, share in (("--human-budget", human_budget), ("--max-error", max_error)):
        if share is not None and not 0 < share < 1:
            raise UsageError(f"{name} must be over 0 and under 1, got {share:g}: 0.10 is one case in ten.")
    if human_budget is None and max_error is None:
        if not 0 < declared < 1:
            raise UsageError(f"{driver.name} declares a budget of {declared:g}. Give --human-budget or --max-error.")
        human_budget = declared
    return Demand(human_budget=human_budget, max_error=max_error)


async def _labelled(
    roundhouse: "Roundhouse", driver: "Driver", path: Path | None, selection: "Selection"
) -> "Labelled":
    import asyncio

    from runtime.labelled import labelled_by_outcomes, read_labelled

    if path is None:
        return await labelled_by_outcomes(roundhouse.store, driver.name, driver.workflow, selection)
    return await asyncio.to_thread(read_labelled, driver.workflow, path, selection)


def _check_plot(plot: Path | None) -> None:
    """Raise ``UsageError``, before any case is rehearsed, where a curve cannot be drawn into the file."""
    if plot is None:
        return
    if not plot.parent.is_dir():
        raise UsageError(f"{plot}: there is no folder {str(plot.parent)!r}.")
    from lab.paper.risk_plot import SUFFIXES

    if plot.suffix not in SUFFIXES:
        raise UsageError(f"{plot}: a curve is drawn as {' or '.join(SUFFIXES)}. Give a file with such a name.")


def _draw(found: "Calibration", plot: Path | None) -> None:
    if plot is None:
        return
    from graphs.attention.curve import risk_curve
    from lab.paper.risk_plot import write_risk_plot

    write_risk_plot(risk_curve(found.cases, found.kinds), plot)
