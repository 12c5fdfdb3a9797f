"""The export: the trials of an experiment as a CSV file, one a row."""

import csv
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from state.errors import UsageError
from state.trial import Cell, Trial

FACTORS = tuple(Cell.model_fields)
MEASURES = tuple(name for name in Trial.model_fields if name != "cell")


def export_trials(trials: Iterable[Trial], path: Path) -> None:
    """Write the trials to a file, which is replaced as a whole. Raises ``UsageError``."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*FACTORS, *MEASURES])
            writer.writerows(map(_row, trials))
        part.replace(path)
    except OSError as refused:
        raise UsageError(f"{path}: cannot be written: {refused.strerror or refused}.") from refused
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Make a folder to write to. Raises ``UsageError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise UsageError(f"{folder}: no folder can be made there: {refused.strerror or refused}.") from refused
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{folder}: nothing can be written there.")


def _row(trial: Trial) -> list[object]:
    return [*(getattr(trial.cell, name) for name in FACTORS), *(getattr(trial, name) for name in MEASURES)]
