"""The folder: one JSON file a parcel, which is there whole or not at all, and the files that are attached beside it.

The content is written to a hidden file in the same folder and brought to the disk; then it gets its name by a link,
which fails where the name is taken. The name holds the parcel's id, so a file that is there already *is* the parcel,
delivered by an earlier attempt or by another process at the same moment. A reader who takes files out of the folder
must keep the ids that it has seen: a file that was taken away does not count as delivered. What is attached has the
same name with another ending, and is there before the JSON file, which names it.
"""

import asyncio
import errno
import os
import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from runtime.channels.attached import Attached, attached
from runtime.channels.body import parcel_json
from runtime.channels.channel import Failed, Outcome, Refused, Sent
from runtime.channels.words import why
from state.effect import Parcel

ABANDONED = 3600.0
"""Seconds after which a hidden file is taken for the remains of a process that was killed."""

_HIDDEN = ".roundhouse-*.tmp"
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_FOR_GOOD = (NotADirectoryError, FileExistsError, IsADirectoryError)
_FOR_GOOD_CODES = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})


class FolderChannel:
    """Puts parcels into a folder."""

    tells_repeats_apart = True

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._is_tidy = False

    async def send(self, parcel: Parcel) -> Outcome:
        """Put one parcel into the folder; the receipt is its file."""
        return await asyncio.to_thread(self._send, parcel)

    async def close(self) -> None:
        """Nothing is held open."""

    def _send(self, parcel: Parcel) -> Outcome:
        target = self.path / file_name(parcel)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._tidy()
            if not target.is_file():
                self._write(target, parcel_json(parcel, self._put_beside(target, attached(parcel))))
            # Also for a file that was there: who wrote it may have been killed just before this.
            _to_disk(self.path)
        except OSError as error:
            return self._unwritten(error)
        return Sent(str(target))

    def _put_beside(self, target: Path, files: Sequence[Attached]) -> list[dict[str, str | int]]:
        """Put what is attached beside the parcel's own file; returns what that says of it."""
        names = names_beside(target, files)
        for name, file in zip(names, files, strict=True):
            if not (self.path / name).is_file():
                self._write(self.path / name, file.content)
        return [{**file.facts(), "file": name} for name, file in zip(names, files, strict=True)]

    def _write(self, target: Path, content: bytes) -> None:
        hidden = self.path / _HIDDEN.replace("*", uuid4().hex)
        try:
            with hidden.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _name(hidden, target)
        finally:
            with suppress(OSError):
                hidden.unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove, once for each channel, the hidden files that killed processes left."""
        if self._is_tidy:
            return
        self._is_tidy = True
        for hidden in self.path.glob(_HIDDEN):
            with suppress(OSError):
                if time.time() - hidden.stat().st_mtime > ABANDONED:
                    hidden.unlink()

    def _unwritten(self, error: OSError) -> Failed | Refused:
        reason = f"The folder {str(self.path)!r} cannot be written: {why(error)}."
        if isinstance(error, _FOR_GOOD) or error.errno in _FOR_GOOD_CODES:
            return Refused(f"{reason} Give the channel another folder.")
        return Failed(reason)


def file_name(parcel: Parcel) -> str:
    """The file of a parcel: the readable part of its case, for people, and its id, which tells it from all others."""
    readable = _plain(parcel.case)[:40].strip(".-") or "case"
    return f"{readable}-{_plain(parcel.id)}.json"


def names_beside(target: Path, files: Sequence[Attached]) -> list[str]:
    """What attached files are called: as the parcel's own file with their ending, numbered where that is not enough.

    The ending of the parcels themselves is kept for them.
    """
    names, seen = [], Counter[str]()
    for file in files:
        ending = f"{file.ending}.txt" if file.ending == "json" else file.ending
        seen[ending] += 1
        number = f"-{seen[ending]}" if seen[ending] > 1 else ""
        names.append(f"{target.stem}{number}.{ending}")
    return names


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")


def _name(hidden: Path, target: Path) -> None:
    """Give a written file its name, and leave a file alone that has it already."""
    try:
        os.link(hidden, target)
    except FileExistsError:
        if not target.is_file():
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without links: at worst, two processes replace the same bytes by the same bytes.
        hidden.replace(target)


def _to_disk(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can open a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems have no such call for folders, and keep names without it.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EBADF}:
            raise
    finally:
        os.close(handle)
