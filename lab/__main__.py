"""Write the lab's book: ``python -m lab DATABASE FOLDER``, from the finished experiments that the database keeps."""

import sys
from pathlib import Path

from graphs.measured import TABLE
from lab.design import designed
from lab.paper.book import CHAPTERS, INDEX, write_book
from lab.runfile import load_runfile
from runtime.logbook import SqlLogbook
from state.sql.database import Database
from state.sql.store import Store


def main(database: str, folder: str) -> None:
    """Write it; see the ``lab`` target of the Makefile, which runs the experiments before."""
    with Database.open(database) as opened:
        kept = {name: designed(load_runfile(name)).id for name in CHAPTERS}
        write_book(SqlLogbook(Store(opened)), kept, Path(folder), TABLE, f"{folder}/{INDEX}")


if __name__ == "__main__":
    main(*sys.argv[1:])
