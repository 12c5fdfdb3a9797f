"""The requests that come with a profile, and whether the data for them are here."""

from pathlib import Path

from agents.data_folder import DATA_DIR, PROJECT, data_folders
from agents.report.declaration import CsvDeclaration, ParquetDeclaration
from agents.report.profile import ReportProfile
from state.errors import UnreadableSource


def request_path(profile: ReportProfile) -> Path:
    """The file of a profile's requests.

    Raises ``UnreadableSource`` in one line where it has none, or where a file of its sources is not here, with where
    to get that.
    """
    if profile.requests is None:
        raise UnreadableSource(f"Profile {profile.name!r} comes without requests. Give a file of requests.")
    for name, declared in profile.sources.items():
        if isinstance(declared, CsvDeclaration | ParquetDeclaration) and _found(declared.path, profile) is None:
            raise UnreadableSource(
                f"The data of {profile.name!r} are not here: source {name!r} has no file {declared.path!r}. "
                f"{declared.download.rstrip('.') or 'Get it'}, and set {DATA_DIR} to the folder that holds it as "
                f"{declared.path!r}."
            )
    for folder in (profile.path.parent, PROJECT):
        if (folder / profile.requests).is_file():
            return folder / profile.requests
    raise UnreadableSource(f"The requests of {profile.name!r} are not here: {profile.requests!r}. Give another file.")


def source_folders(profile: ReportProfile) -> tuple[Path, ...]:
    """The folders that the files of a profile's sources are looked for in."""
    return (*data_folders(), profile.path.parent)


def _found(path: str, profile: ReportProfile) -> Path | None:
    places = (folder / path for folder in source_folders(profile))
    return next((place for place in places if place.is_file()), None)
