"""Settings, from the environment or a ``.env`` file."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What can be set; every name with the prefix ``ROUNDHOUSE_``."""

    model_config = SettingsConfigDict(env_prefix="ROUNDHOUSE_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///roundhouse.db"
    """One database for everything: ``sqlite:///file`` or ``postgresql+psycopg://user@host/name``."""
    concurrency: int = Field(default=32, ge=1, le=1024)
    """How many runs of a batch are driven at the same time."""
