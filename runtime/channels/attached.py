"""What is attached to a parcel, as its receiver is told of it: the bytes, a name without tricks, the kind of file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from mimetypes import MimeTypes
from pathlib import PurePosixPath

from runtime.channels.words import one_line
from state.artifact import Artifact
from state.effect import Parcel

ANY_KIND = "application/octet-stream"

_KINDS = MimeTypes()
"""The table of the language, and not that of the machine: a mail has the same bytes wherever it is sent from."""

_ENDING = re.compile(r"[A-Za-z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Attached:
    """One file that goes with a parcel."""

    artifact: Artifact
    content: bytes

    @property
    def name(self) -> str:
        """What a receiver may save it as: letters, digits, spaces and ``._-``, and no dot at its beginning."""
        shown = "".join(each if each.isalnum() or each in "._- " else "-" for each in one_line(self.artifact.name))
        return shown.strip(". ") or "file"

    @property
    def ending(self) -> str:
        """The ending of its name in small letters, without the dot; ``bin`` where it has none that is plain."""
        ending = PurePosixPath(self.name).suffix.removeprefix(".")
        return ending.lower() if _ENDING.fullmatch(ending) else "bin"

    @property
    def media_type(self) -> str:
        """The kind of file by its ending, such as ``application/pdf``."""
        kind, packed = _KINDS.guess_type(f"file.{self.ending}")
        # A mail within a mail may not be base64, as a file must be.
        return ANY_KIND if kind is None or packed or kind.startswith("message/") else kind

    def facts(self) -> dict[str, str | int]:
        """What a receiver can check it by, as plain JSON."""
        return {
            "name": self.artifact.name,
            "media_type": self.media_type,
            "digest": self.artifact.digest,
            "size": self.artifact.size,
        }


def attached(parcel: Parcel) -> Sequence[Attached]:
    """The files that go with a parcel. Raises ``ValueError`` where their bytes were not read yet."""
    return [Attached(*each) for each in zip(parcel.attachments, parcel.contents, strict=True)]
