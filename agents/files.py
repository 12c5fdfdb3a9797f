"""The file store: large results of specialists, each kept once under the digest of its content.

A file is written under a hidden name and then given its own, so that it is there whole or not at all. Equal content
has one name, whoever writes it and how often.
"""

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from state.artifact import Artifact
from state.errors import UsageError

FOLDER = "roundhouse-files"
"""The folder of a user who sets none."""


ALTERED = "in {} is not what was kept"
"""What is said of a file whose bytes have changed."""


class FileLost(UsageError):
    """A file that was kept is not there any more.

    Attribute: ``artifact``, what was looked for.
    """

    def __init__(self, artifact: Artifact, folder: Path, how: str = "is not in {} any more") -> None:
        self.artifact = artifact
        super().__init__(
            f"The file {artifact.name!r} ({artifact.digest[:12]}) {how.format(repr(str(folder)))}. "
            "Put it back from a backup, or set ROUNDHOUSE_FILES to the folder that holds it."
        )


class FileStore:
    """A folder of files by digest."""

    def __init__(self, folder: Path | str = FOLDER) -> None:
        """Nothing is written before the first file is kept."""
        self.folder = Path(folder).expanduser().absolute()

    def __repr__(self) -> str:
        return f"FileStore({str(self.folder)!r})"

    def keep(self, content: bytes, name: str) -> Artifact:
        """Keep some bytes. Raises ``OSError`` where the folder cannot be written."""
        draft = self.draft()
        draft.write_bytes(content)
        return self.adopt(draft, name)

    def draft(self) -> Path:
        """A new path in the store's folder, to write a file at and then ``adopt`` it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f".{uuid4().hex}.draft"

    def adopt(self, draft: Path, name: str) -> Artifact:
        """Keep a file that was written at ``draft()``; it is moved. Raises ``OSError``."""
        digest, size = _digest(draft)
        artifact = Artifact(digest=digest, name=name, size=size)
        place = self._place(artifact)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(place)
        return artifact

    def path(self, artifact: Artifact) -> Path:
        """Where a kept file is. Raises ``FileLost`` where it is not there any more."""
        place = self._place(artifact)
        if not place.is_file():
            raise FileLost(artifact, self.folder)
        return place

    def read(self, artifact: Artifact) -> bytes:
        """The bytes of a kept file. Raises ``FileLost``, also where they are not what was kept."""
        content = self.path(artifact).read_bytes()
        if hashlib.sha256(content).hexdigest() != artifact.digest:
            raise FileLost(artifact, self.folder, ALTERED)
        return content

    def whole(self, artifact: Artifact) -> Path:
        """Where a kept file is, once its bytes were looked at. Raises ``FileLost``, also where they were altered."""
        place = self.path(artifact)
        if _digest_of(place) != artifact.digest:
            raise FileLost(artifact, self.folder, ALTERED)
        return place

    def holds(self, artifact: Artifact) -> bool:
        """Whether a file is there."""
        return self._place(artifact).is_file()

    def _place(self, artifact: Artifact) -> Path:
        return self.folder / artifact.digest[:2] / artifact.digest


def _digest(path: Path) -> tuple[str, int]:
    """The SHA-256 of a file's bytes, once they are on the disk, and how many there are."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return _digest_of(path), path.stat().st_size


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
