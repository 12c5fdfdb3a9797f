"""The data folder: where real data are looked for that the project does not ship."""

import os
from pathlib import Path

DATA_DIR = "ROUNDHOUSE_DATA_DIR"
"""The environment variable that names the data folder."""

PROJECT = Path(__file__).resolve().parents[1]
"""The folder of the project, where it was not installed elsewhere."""


def data_folders() -> tuple[Path, ...]:
    """The folders that data are looked for in: the one that is set, else ``../shared/data``; then the project."""
    named = os.environ.get(DATA_DIR)
    return (Path(named) if named else PROJECT.parent / "shared" / "data", PROJECT)
