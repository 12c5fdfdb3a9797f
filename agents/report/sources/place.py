"""The place of a file: which file a declaration means, checked before it is opened."""

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.report.source import SourceFault
from agents.report.sources.layout import shortened

_PASSING = frozenset(
    {errno.EIO, errno.ESTALE, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EBUSY, errno.ETIMEDOUT}
)
"""What may be over in a moment."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path as it is declared, and the folders where it is looked for, in their order."""

    path: str
    folders: tuple[Path, ...]
    download: str = ""
    """Where to get it, in words."""

    def found(self) -> Path:
        """The file. Raises ``SourceFault`` where there is none, or it is no ordinary file."""
        for path in self._candidates():
            try:
                kind = path.stat().st_mode
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, ValueError) as error:
                raise unreadable(self.path, error) from error
            if stat.S_ISDIR(kind):
                raise SourceFault(f"{self.path!r} is a folder. Declare the path of a file in it.")
            if not stat.S_ISREG(kind):
                raise SourceFault(f"{self.path!r} is no ordinary file. Declare the path of one.")
            return path
        raise SourceFault(self._absent())

    def _candidates(self) -> Sequence[Path]:
        own = Path(self.path)
        return [own] if own.is_absolute() else [folder / own for folder in self.folders]

    def _absent(self) -> str:
        get = f" {self.download.rstrip('. ')}." if self.download else " Correct its path in the profile."
        if Path(self.path).is_absolute():
            return f"there is no file {self.path!r}.{get}"
        folders = ", ".join(repr(str(folder)) for folder in self.folders) or "any folder"
        held = f" Set ROUNDHOUSE_DATA_DIR to the folder that holds it as {self.path!r}." if self.download else ""
        return f"there is no file {self.path!r} in {folders}.{get}{held}"


def unreadable(path: str, error: OSError | ValueError) -> SourceFault:
    """What is said of a file that cannot be opened or read."""
    shown = repr(shortened(path, 200))
    if isinstance(error, FileNotFoundError):
        return SourceFault(f"{shown} was there and is gone. Put it back.")
    if isinstance(error, PermissionError):
        return SourceFault(f"{shown} may not be read ({os.strerror(error.errno or 0)}). Change its permissions.")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    passes = isinstance(error, OSError) and error.errno in _PASSING
    return SourceFault(f"{shown} cannot be read: {reason}.", "down" if passes else "wrong")


def check_size(path: Path, declared: str, largest: int, advice: str) -> None:
    """Raise ``SourceFault`` for a file that is larger than declared, before any of it is read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(declared, error) from error
    if size > largest:
        raise SourceFault(f"{declared!r} has {size:,} bytes, and at most {largest:,} are declared. {advice}")
    if size == 0:
        raise SourceFault(f"{declared!r} is empty. Get it again.")
