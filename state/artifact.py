"""The artifact: a file that is kept beside the database, known by the digest of its content."""

from pydantic import BaseModel, ConfigDict, Field


class Artifact(BaseModel):
    """A reference to a kept file, such as a table or a letter. The content itself is in no checkpoint."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The SHA-256 of its bytes, in hexadecimal digits."""
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")
    """What a person saves it as, with its ending, which says what it is."""
    size: int = Field(ge=0)
    """Bytes."""
