"""The cases of a command: a file, or a source that a workflow ships."""

from pathlib import Path

from terminal.options import profile_in_full
from terminal.session import shipped_catalogue


def named_source(workflow: str, cases: str, profile: str | None) -> tuple[Path, str | None]:
    """The file of the cases, and the profile that they are read with."""
    path = Path(cases)
    if not path.exists():
        named = shipped_catalogue().source(workflow, cases)
        if named is not None:
            return named, profile_in_full(profile) or cases
    return path, profile_in_full(profile)
