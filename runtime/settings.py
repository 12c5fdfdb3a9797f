"""Settings, from the environment or a ``.env`` file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from state.errors import UsageError, in_words

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""The name of a channel, in small letters: the names of environment variables have only one kind."""

DEFAULT_CHANNELS: Mapping[str, str] = {"default": "folder:outbox"}
"""The channels of a user who sets none."""


class Settings(BaseSettings):
    """What can be set; every name with the prefix ``ROUNDHOUSE_``.

    One entry of a setting with several is ``ROUNDHOUSE_CHANNELS__TEAM``; all of them at once are JSON.
    """

    model_config = SettingsConfigDict(
        env_prefix="ROUNDHOUSE_",
        env_file=".env",
        env_nested_delimiter="__",
        extra="ignore",
        hide_input_in_errors=True,
    )

    database_url: str = Field(default="sqlite:///roundhouse.db", repr=False)
    """One database for everything: ``sqlite:///file`` or ``postgresql+psycopg://user@host/name``."""
    concurrency: int = Field(default=32, ge=1, le=1024)
    """How many runs of a batch are driven at the same time."""
    channels: dict[ChannelName, SecretStr] = Field(default={}, validate_default=True)
    """The ways that effects go out by, each a URL: ``folder:PATH``, ``smtp://…``, ``smtps://…``, ``https://…``."""
    recipients: dict[str, str] = {}
    """The mail addresses of receivers, by the names that decisions call them; several are separated by commas."""
    unknown: dict[ChannelName, Literal["ask", "again", "delivered"]] = {}
    """What becomes of an effect of which it is unknown whether it arrived, by channel: ``ask`` a person, send it
    ``again``, or count it as ``delivered``."""
    workflows: tuple[str, ...] = ()
    """More workflows that the browser offers, each as ``module:attribute``."""
    profiles: tuple[str, ...] = ()
    """More lead profiles that the browser offers, each the path of a TOML file."""
    webhook_secret: SecretStr | None = None
    """What webhooks are signed with; ``whsec_`` and base64, or any other text."""

    @field_validator("channels", mode="before")
    @classmethod
    def _with_defaults(cls, channels: object) -> object:
        """A user's channels beside the default one, or in its place."""
        if not isinstance(channels, Mapping):
            return channels
        return {**DEFAULT_CHANNELS, **{str(name).lower(): url for name, url in channels.items()}}

    @field_validator("webhook_secret")
    @classmethod
    def _not_empty(cls, secret: SecretStr | None) -> SecretStr | None:
        """An empty secret is none: with it, anybody could sign."""
        return secret or None


def settings() -> Settings:
    """The settings as they are now. Raises ``UsageError`` in one line where one of them cannot be used."""
    try:
        return Settings()
    except ValidationError as invalid:
        raise UsageError(f"The settings (environment or .env) cannot be used: {in_words(invalid)}.") from invalid
    except SettingsError as unread:
        # Without the cause, which holds what was to be read.
        problem = f"The settings (environment or .env) cannot be used: {unread}; it takes JSON, such as {{}}."
    except UnicodeDecodeError as wrong:
        raise UsageError(f"The file .env is not UTF-8: {wrong.reason} at byte {wrong.start + 1}.") from wrong
    raise UsageError(problem)
