"""The source: where a shipped profile's leads are, and the rows of a file of leads as they stand there."""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from agents.data_folder import DATA_DIR, data_folders
from agents.lead.profile import LeadProfile
from state.errors import UnreadableSource


def source_path(profile: LeadProfile) -> Path:
    """The file of a shipped profile's leads.

    Raises ``UnreadableSource`` in one line that says where to get it when it is not there.
    """
    source = profile.source
    if source is None:
        raise UnreadableSource(f"Profile {profile.name!r} names no source of leads. Give a file of leads.")
    for folder in data_folders():
        if (folder / source.path).is_file():
            return folder / source.path
    raise UnreadableSource(
        f"The leads of {profile.name!r} are not here. {source.download} "
        f"and set {DATA_DIR} to the folder that holds it as {source.path!r}."
    )


def read_rows(path: Path, delimiter: str = ",") -> Iterator[Mapping[str, object]]:
    """The rows of a CSV or JSONL file, gzipped or not, by heading, as they stand there.

    A row that is too short has None for what it lacks. Raises ``UnreadableSource`` where the file cannot be read on.
    """
    if not path.is_file():
        raise UnreadableSource(f"{path}: there is no such file.")
    opened = gzip.open if path.suffix == ".gz" else open
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
            if plain.suffix == ".jsonl":
                yield from (_object(line) for line in lines if line.strip())
            else:
                yield from csv.DictReader(lines, delimiter=delimiter)
    except (OSError, EOFError, ValueError, csv.Error) as error:
        raise UnreadableSource(f"{str(path)!r} cannot be read: {error}. Give a CSV or JSONL file in UTF-8.") from error


def _object(line: str) -> dict[str, object]:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError(f"{found!r} is not an object")
    return found
