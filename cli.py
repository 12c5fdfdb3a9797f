"""The terminal front door: the ``roundhouse`` command."""

import sys

import typer
from pydantic import ValidationError

from state.errors import InvalidAnswer, RoundhouseError, UnknownEffect, UnknownReview, UnknownRun, UsageError, in_words
from terminal.commands import (
    bulk,
    calibrate,
    cases,
    changes,
    database,
    economics,
    lab,
    outbox,
    outcomes,
    queue,
    reviews,
    rules,
    runs,
    schedules,
    serve,
    spot_checks,
    stats,
    trail,
    upkeep,
    worker,
    workflows,
)
from terminal.output import first_words, stop

app = typer.Typer(
    name="roundhouse",
    help="Run cases through specialist agents, with one owner for every decision.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# the order of the help: a group without a name adds its commands to those of the top
app.add_typer(cases.commands)
app.add_typer(worker.commands)
app.add_typer(calibrate.commands)
app.add_typer(runs.commands)
app.add_typer(reviews.commands)
app.add_typer(rules.commands)
app.add_typer(outbox.commands)
app.add_typer(queue.commands)
app.add_typer(schedules.commands)
app.add_typer(trail.commands)
app.add_typer(outcomes.commands)
app.add_typer(spot_checks.commands)
app.add_typer(stats.commands)
app.add_typer(economics.commands)
app.add_typer(changes.commands)
app.add_typer(bulk.commands)
app.add_typer(serve.commands)
app.add_typer(workflows.commands)
app.add_typer(lab.commands)
app.add_typer(upkeep.commands)
app.add_typer(database.commands, name="db")


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def main() -> None:
    """Run the command; a user's mistake is one line on standard error and status 2."""
    for word in sys.argv[1:]:
        if not _is_text(word):
            stop(f"The argument {word!a} is not UTF-8 text.", 2)
    try:
        app()
    except (UsageError, UnknownRun, UnknownReview, UnknownEffect, InvalidAnswer) as mistake:
        stop(str(mistake), 2)
    except ValidationError as invalid:
        stop(in_words(invalid), 2)
    except RoundhouseError as error:
        stop(str(error), 1)
    except BaseExceptionGroup as group:
        stop(first_words(group), 1)


if __name__ == "__main__":
    main()
