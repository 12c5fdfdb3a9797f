"""The effect: what a finished run has to say to the world, as it stands in the outbox and as it goes out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from state.artifact import Artifact

EffectStatus = Literal["pending", "sending", "delivered", "dead", "unknown", "withdrawn"]
"""``pending``: waits for its next attempt. ``sending``: marked, before an attempt. ``delivered``: the receiver has it.
``dead``: refused for good, or tried too often. ``unknown``: an attempt was cut off, and the receiver may have it.
``withdrawn``: not sent any more, since newer content took its place or a person said so."""


class Message(BaseModel):
    """What a person reads. It is written when the run finishes, and sent as it was written."""

    model_config = ConfigDict(frozen=True)

    to: str | None = None
    """The receiver's name, which a channel may turn into an address; None for the channel's own."""
    subject: str = Field(min_length=1, max_length=500)
    text: str
    attachments: tuple[Artifact, ...] = ()
    """The files that go with it, as the decision named them; their bytes are read when it is sent."""


class Parcel(BaseModel):
    """One effect on its way: the same bytes at every attempt."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Identifies the effect, sixteen hexadecimal digits; the idempotency key."""
    workflow: str
    case: str
    """The case's id."""
    run: str
    effect: str
    """What it is, such as ``deliver:Update:default``."""
    channel: str
    """Which of the configured ways it goes out."""
    message: Message
    content: Mapping[str, Any]
    """The decision that was approved, as plain JSON."""
    corrects: str | None = None
    """The id of the effect that this one corrects."""
    created_at: datetime
    """When it was put into the outbox, UTC."""
    contents: tuple[bytes, ...] = Field(default=(), repr=False, exclude=True)
    """The bytes of its attachments, in their order, once it is about to be sent."""

    @property
    def attachments(self) -> tuple[Artifact, ...]:
        """The files that go with it."""
        return self.message.attachments


class EffectRow(BaseModel):
    """One effect in the outbox, as lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    workflow: str
    case_id: str
    run: str
    effect: str
    channel: str
    status: EffectStatus
    payload: Mapping[str, Any]
    message: Message | None
    attempts: int
    """How often it was tried."""
    created_at: datetime
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    error: str | None
    """Why the last attempt failed."""
    receipt: str | None
    """What the receiver said, or where it went."""
    corrects: str | None
