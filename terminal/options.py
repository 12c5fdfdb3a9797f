"""What several commands take: their shared arguments and options."""

from pathlib import Path
from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""Every command that prints takes it."""

ProfileOption = Annotated[str | None, typer.Option(help="A profile: a shipped name, or the path of a TOML file.")]
"""Of the commands that load a workflow; see ``profile_in_full``."""

WorkflowArgument = Annotated[str, typer.Argument(help="A name from the catalogue, or module:attribute.")]
"""The workflow that a command is about."""

ShapeOption = Annotated[
    str, typer.Option(help="How the specialists are coordinated: hub, pipeline, supervisor, mesh or single.")
]
"""Of the commands on a workflow that take it in another shape."""

ModelOption = Annotated[
    list[str] | None,
    typer.Option(help="A chat model for all seats, SEAT=MODEL for one, or 'rules'; 'rules+MODEL' is a second opinion."),
]
"""Of the commands that have cases decided; see ``chosen_staffing``."""

DatabaseOption = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="Instead of ROUNDHOUSE_DATABASE_URL.")
]
"""Every command that opens the database takes it."""

YesFlag = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
"""Of the commands that show a preview before they touch many runs."""

ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who does this; by default the user's name.")
]
"""Of the commands that write down who gave them."""


def profile_in_full(profile: str | None) -> str | None:
    """A profile's path in full, since its runs may be answered from another folder; a shipped name as it is."""
    return str(Path(profile).resolve()) if profile is not None and Path(profile).is_file() else profile
