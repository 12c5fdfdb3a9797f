"""Settings, from the environment or a ``.env`` file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from agents.chat.purse import Budget
from agents.files import FOLDER
from state.errors import UsageError, in_words
from state.staffing import RULES, Staffing, WhenModelsFail

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""The name of a channel, in small letters: the names of environment variables have only one kind."""

KeyName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
"""The name of an API key, in one line."""

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
    files: Path = Path(FOLDER)
    """The folder in which large results of specialists are kept, such as tables and reports."""
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
    model: str = RULES
    """Who takes every seat that ``ROUNDHOUSE_MODEL_<SEAT>`` does not name: ``rules``, a chat model's name, or
    ``rules+NAME`` for a second opinion beside the rules."""
    model_seats: dict[str, str] = Field(default={}, exclude=True)
    """Who takes single seats, by the specialist's name: ``ROUNDHOUSE_MODEL_ANALYST=gpt-5-mini``."""
    when_models_fail: WhenModelsFail = "ask"
    """``ask`` a human, or let the seat's ``rules`` take over, which the record says."""
    model_timeout: float = Field(default=60.0, gt=0, le=3600)
    """Seconds that one call of a chat model may take."""
    model_calls_at_once: int = Field(default=64, ge=1, le=4096)
    """How many calls of one model are under way at the same time."""
    prices: Path | None = None
    """A TOML file of prices per million tokens, which come before those of ``genai-prices``."""
    case_budget: Budget = Budget()
    """What one case may spend on chat models: ``ROUNDHOUSE_CASE_BUDGET__CALLS``, ``__TOKENS``, ``__MONEY``."""
    batch_budget: Budget = Budget()
    """What one batch may spend."""
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    """The key of the models' server; none is needed for a server of one's own."""
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL", repr=False)
    """Where an OpenAI-compatible server is, such as ``http://127.0.0.1:8000/v1``; OpenAI itself by default."""
    log: Literal["text", "json"] = "text"
    """How a worker and the other commands log: lines of ``text``, or one ``json`` object a line, with the run's id."""
    metrics_port: int | None = Field(default=None, ge=0, le=65_535)
    """Where a worker serves metrics for Prometheus, on loopback; 0 is any free port, none set is no metrics."""
    trace_content: bool = False
    """Whether traces have what models were told and said, which holds data of cases."""
    queue_limit: int = Field(default=10_000, ge=1)
    """How many runs of a workflow may wait for workers before ``--queue`` waits too."""
    webhook_secret: SecretStr | None = None
    """What webhooks are signed with; ``whsec_`` and base64, or any other text."""
    api_keys: dict[KeyName, SecretStr] = {}
    """The keys of those who may ask ``roundhouse serve``, by the names under which they answer."""
    service_webhook: SecretStr | None = None
    """A URL that is told when a run waits or ends which the service has started."""

    @field_validator("channels", mode="before")
    @classmethod
    def _with_defaults(cls, channels: object) -> object:
        """A user's channels beside the default one, or in its place."""
        if not isinstance(channels, Mapping):
            return channels
        return {**DEFAULT_CHANNELS, **{str(name).lower(): url for name, url in channels.items()}}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then ``.env``; and from both the seats, whose names nobody knows beforehand."""
        return init_settings, env_settings, dotenv_settings, _Seats(settings_cls, env_settings, dotenv_settings)

    @property
    def staffing(self) -> Staffing:
        """Who takes which seat."""
        return Staffing(self.model, tuple(sorted(self.model_seats.items())), self.when_models_fail)

    @field_validator("files", mode="before")
    @classmethod
    def _somewhere(cls, folder: object) -> object:
        """An empty folder is the default one, and not the present one."""
        return FOLDER if isinstance(folder, str) and not folder.strip() else folder

    @field_validator("model", mode="before")
    @classmethod
    def _named(cls, model: object) -> object:
        """An empty name is none."""
        return RULES if isinstance(model, str) and not model.strip() else model

    @field_validator("api_keys")
    @classmethod
    def _told_apart(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        """No key is empty, which anybody could send, and no two are the same."""
        secrets = [key.get_secret_value() for key in keys.values()]
        if any(not secret or not secret.isascii() or secret != secret.strip() for secret in secrets):
            raise ValueError("a key is empty, or has other than plain characters")
        if len(set(secrets)) < len(secrets):
            raise ValueError("two names have the same key")
        return keys

    @field_validator("openai_base_url", "openai_api_key", "prices", "metrics_port", "service_webhook", mode="before")
    @classmethod
    def _given(cls, value: object) -> object:
        """An empty text is none."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("webhook_secret")
    @classmethod
    def _not_empty(cls, secret: SecretStr | None) -> SecretStr | None:
        """An empty secret is none: with it, anybody could sign."""
        return secret or None


class _Seats(PydanticBaseSettingsSource):
    """Every ``ROUNDHOUSE_MODEL_<SEAT>`` that is set, as one setting."""

    PREFIX = "roundhouse_model_"

    def __init__(self, settings: type[BaseSettings], *sources: PydanticBaseSettingsSource) -> None:
        super().__init__(settings)
        self._sources = [source for source in sources if isinstance(source, EnvSettingsSource)]

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Nothing: there is only one field, and it is told at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The seats, those of the environment before those of the file."""
        own = {f"roundhouse_{name}" for name in self.settings_cls.model_fields}
        found: dict[str, str] = {}
        for source in reversed(self._sources):
            for name, value in source.env_vars.items():
                if name.lower().startswith(self.PREFIX) and name.lower() not in own and value and value.strip():
                    found[name.lower().removeprefix(self.PREFIX)] = value.strip()
        return {"model_seats": found} if found else {}


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
