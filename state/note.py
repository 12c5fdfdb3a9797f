"""The note: a message to the owner of a decision, which asks for another look at it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

NoteKind = Literal["request", "objection", "guidance"]
"""``request``: a specialist downstream asks for something. ``objection``: a conflict was sent back.
``guidance``: a human sent the decision back."""


class Note(BaseModel):
    """A message to the owner of a decision. A decision that has not seen all its notes is not current."""

    model_config = ConfigDict(frozen=True)

    kind: NoteKind
    author: str
    """The specialist, conflict or person that wrote it."""
    text: str
    about_version: int | None = None
    """The version of the decision that the note speaks of; None when there was none yet."""
    at: datetime
    """When it was written, UTC."""
