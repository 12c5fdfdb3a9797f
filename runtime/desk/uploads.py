"""Uploads: files that a browser sent, kept in a folder of this process's own until it ends."""

import hashlib
import shutil
import tempfile
import weakref
from pathlib import Path

from state.errors import UsageError

LONGEST_NAME = 100
"""How many characters of a file's name are kept, from its end."""


class Uploads:
    """The files that a browser sent."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="roundhouse-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    def keep(self, name: str, content: bytes) -> Path:
        """Write a file under its own name; equal content under one name is one file. Raises ``UsageError``."""
        folder = self._folder / hashlib.sha256(content).hexdigest()[:16]
        path = folder / _plain(name)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if not path.exists():
                path.write_bytes(content)
        except OSError as refused:
            raise UsageError(f"{path.name!r} cannot be kept: {refused.strerror or refused}.") from refused
        return path

    def close(self) -> None:
        """Remove the files."""
        self._remove()


def _plain(name: str) -> str:
    """The last part of a name, without what a file system may not take."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each if each.isalnum() or each in "._- " else "-" for each in last).strip(". ")
    return kept[-LONGEST_NAME:] or "cases.csv"
