"""Settings, from the environment or a ``.env`` file."""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from state.errors import UsageError, in_words


class Settings(BaseSettings):
    """What can be set; every name with the prefix ``ROUNDHOUSE_``."""

    model_config = SettingsConfigDict(env_prefix="ROUNDHOUSE_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///roundhouse.db"
    """One database for everything: ``sqlite:///file`` or ``postgresql+psycopg://user@host/name``."""
    concurrency: int = Field(default=32, ge=1, le=1024)
    """How many runs of a batch are driven at the same time."""


def settings() -> Settings:
    """The settings as they are now. Raises ``UsageError`` in one line where one of them cannot be used."""
    try:
        return Settings()
    except ValidationError as invalid:
        raise UsageError(f"The settings (environment or .env) cannot be used: {in_words(invalid)}.") from invalid
    except UnicodeDecodeError as wrong:
        raise UsageError(f"The file .env is not UTF-8: {wrong.reason} at byte {wrong.start + 1}.") from wrong
