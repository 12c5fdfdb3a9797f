"""Commands on the database itself, under ``roundhouse db``."""

import typer

from terminal.options import DatabaseOption, JsonFlag
from terminal.output import print_json, tell
from terminal.session import database_url

commands = typer.Typer(help="The database.", no_args_is_help=True)


@commands.command()
def upgrade(*, as_json: JsonFlag = False, database: DatabaseOption = None) -> None:
    """Bring the database's schema up to this version."""
    from state.sql.database import Database

    revision = Database.upgrade(database_url(database))
    print_json({"id": revision}) if as_json else tell(f"The database is at revision {revision}.")
