"""Settings: read once from the environment (and a `.env` file), typed, frozen."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from chatapp import HOME, START
from chatapp.bounds import BoundSettings
from chatapp.errors import SettingsError
from chatapp.passwords import is_common

DEMO_HINTS = (
    {"name": "OpenAI", "line": f"OPENAI_API_KEY=sk-... {START}"},
    {
        "name": "Ollama",
        "line": f"OPENAI_BASE_URL=http://localhost:11434/v1 CHATAPP_MODEL=llama3.2 {START}",
    },
    {"name": "LM Studio", "line": f"OPENAI_BASE_URL=http://localhost:1234/v1 {START}"},
    {"name": "llama.cpp", "line": f"OPENAI_BASE_URL=http://localhost:8080/v1 {START}"},
    {"name": "vLLM", "line": f"OPENAI_BASE_URL=http://localhost:8000/v1 PORT=8001 {START}"},
)

SECRET_KEY_CHARACTERS = 16

#: How many answers of full length a message may hold, since it can be continued.
ANSWERS_PER_MESSAGE = 4

#: The name of a user's function: module:name, or path/to/file.py:name.
TARGET = r"[^:\s][^:]*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"


class Settings(BoundSettings):
    """All settings. `.env.example` explains each; its environment variable is the name in upper case."""

    model_config = SettingsConfigDict(
        env_prefix="CHATAPP_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        # The value may be a secret.
        hide_input_in_errors=True,
    )

    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(8000, ge=0, le=65535, validation_alias="PORT")
    instance: Path = HOME / "instance"
    database_url: str = Field("", validation_alias="DATABASE_URL")
    secret_key: str = ""
    secret_key_fallbacks: Annotated[tuple[str, ...], NoDecode] = ()
    session_idle_days: float = Field(400.0, gt=0)
    session_days: float = Field(0.0, ge=0)
    password: str = ""
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    hsts_seconds: int = Field(365 * 86_400, ge=0)
    trusted_proxies: int = Field(0, ge=0, le=8)
    metrics_token: str = ""
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    openai_api_key: str = Field("", validation_alias="OPENAI_API_KEY")
    openai_base_url: str = Field("", validation_alias="OPENAI_BASE_URL", pattern="^(https?://.+)?$")
    model: str = Field("", max_length=200)
    config: str = ""
    function: str = Field("", pattern=f"^({TARGET})?$")
    function_folder: Path = Path()
    function_reload: bool = False
    titles: bool = True
    provider_words: bool | None = None
    title_model: str = Field("", max_length=200)
    connect_timeout: float = Field(5.0, gt=0)
    upstream_connections: int = Field(1000, ge=1)
    upstream_idle_seconds: float = Field(30.0, ge=0)
    upstream_wait_seconds: float = Field(10.0, gt=0, le=20)  # a stop does not interrupt this wait
    first_token_timeout: float = Field(120.0, gt=0)
    token_timeout: float = Field(60.0, gt=0)

    cache: Literal["off", "owner", "shared"] = "owner"
    cache_seconds: float = Field(7 * 86_400.0, gt=0)
    cache_bytes: int = Field(64 * 1024 * 1024, ge=0)
    cache_varied: bool = True

    flush_ms: float = Field(1000 / 60, ge=0, le=150)
    frame_bytes: int = Field(1024 * 1024, ge=64 * 1024)
    content_characters: int = Field(100_000, ge=1)
    options_bytes: int = Field(4096, ge=64)
    answer_bytes: int = Field(1024 * 1024, ge=1)
    conversations_per_owner: int = Field(20_000, ge=1)
    storage_bytes_per_owner: int = Field(256 * 1024 * 1024, ge=1)
    queued_questions: int = Field(20, ge=1, le=100)
    disk_reserve_bytes: int = Field(50 * 1024 * 1024, ge=0)
    import_bytes: int = Field(64 * 1024 * 1024, ge=1024)
    answer_seconds: float = Field(1800.0, gt=0)
    context_messages: int = Field(5000, ge=1)
    context_bytes: int = Field(4 * 1024 * 1024, ge=1)
    streams_per_owner: int = Field(50, ge=1)
    sockets: int = Field(8000, ge=1)
    sockets_per_address: int = Field(1000, ge=1)
    sockets_per_owner: int = Field(200, ge=1)
    drain_seconds: float = Field(20.0, ge=0)
    log_keep_seconds: float = Field(900.0, ge=0)
    grace_seconds: float = Field(600.0, ge=0)

    @field_validator("origins", mode="before")
    @classmethod
    def split_origins(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = tuple(part.strip().rstrip("/").lower() for part in value.split(",") if part.strip())
        for origin in value:
            scheme, separator, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not separator or not rest or "/" in rest:
                raise ValueError("takes origins like https://chat.example.com, separated by commas")
        return value

    @field_validator("secret_key_fallbacks", mode="before")
    @classmethod
    def split_keys(cls, value: Any) -> Any:
        keys = tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
        if any(len(key) < SECRET_KEY_CHARACTERS for key in keys):
            raise ValueError(f"takes keys of at least {SECRET_KEY_CHARACTERS} characters, separated by commas")
        return keys

    @field_validator("secret_key", "password")
    @classmethod
    def check_length(cls, value: str, info: ValidationInfo) -> str:
        least = SECRET_KEY_CHARACTERS if info.field_name == "secret_key" else 8
        if 0 < len(value) < least:
            raise ValueError(f"takes at least {least} characters")
        return value

    @field_validator("password")
    @classmethod
    def check_strength(cls, value: str) -> str:
        if value and is_common(value):
            raise ValueError(
                "is among the first that a guesser tries; take four unrelated words, or twelve random characters"
            )
        return value

    @field_validator("instance", mode="after")
    @classmethod
    def make_absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("config")
    @classmethod
    def check_file(cls, value: str) -> str:
        if value not in {"", "off"} and not Path(value).is_file():
            raise ValueError("takes the path of a file, like /etc/chatapp/chatapp.toml, or off")
        return value

    @property
    def config_file(self) -> Path | None:
        """The providers' file: the configured one, else chatapp.toml in chatapp's home; None if it does not exist."""
        if self.config == "off":
            return None
        default = HOME / "chatapp.toml"
        return Path(self.config).absolute() if self.config else default if default.is_file() else None

    @property
    def demo(self) -> bool:
        """Whether no provider is configured: then the built-in demo model answers."""
        return not (self.openai_api_key or self.openai_base_url or self.function or self.config_file)

    @property
    def shows_provider_words(self) -> bool:
        """Whether users see model servers' and functions' own error messages; by default all but strangers do."""
        return not self.public if self.provider_words is None else self.provider_words

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.instance / 'chatapp.db'}"

    @property
    def message_bytes(self) -> int:
        """The bound of an answer with all its continuations."""
        return ANSWERS_PER_MESSAGE * self.answer_bytes

    def limits(self) -> dict[str, Any]:
        """Return the limits that clients are told (docs/protocol.md, `POST /api/session`)."""
        return {
            "frame_bytes": self.frame_bytes,
            "content_characters": self.content_characters,
            "options_bytes": self.options_bytes,
            "answer_bytes": self.answer_bytes,
            "answer_seconds": self.answer_seconds,
            "message_bytes": self.message_bytes,
            "import_bytes": self.import_bytes,
            "generations": int(self.answer_bounds.session),
            "streams": self.streams_per_owner,
            "context_messages": self.context_messages,
            "context_bytes": self.context_bytes,
            "conversations": self.conversations_per_owner,
            "storage_bytes": self.storage_bytes_per_owner,
            "queued_questions": self.queued_questions,
        }


def load() -> Settings:
    """Read the settings. Raises SettingsError with a line for every invalid variable."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem) for problem in error.errors())) from None
    _check_bounds(settings)
    return settings


def unknown_variables() -> list[str]:
    """Return the CHATAPP_ variables of the environment that are not settings: probably misspelt."""
    known = {f"CHATAPP_{name.upper()}" for name in Settings.model_fields} | {"CHATAPP_SERVER"}  # the terminal's
    return sorted(name for name in os.environ if name.startswith("CHATAPP_") and name not in known)


def _check_bounds(settings: Settings) -> None:
    """Raise SettingsError for a server that anybody may use and that nothing bounds."""
    if settings.public and not (settings.tokens_per_day.all or settings.money_per_day.all):
        raise SettingsError(
            "CHATAPP_PUBLIC: everybody may spend your money, and nothing says how much. Set CHATAPP_TOKENS_PER_DAY "
            "(all=2000000, say), or, with prices in chatapp.toml, CHATAPP_MONEY_PER_DAY (all=10, say)."
        )
    has_file = settings.config_file is not None and not settings.function
    if settings.money_per_day and not has_file:
        raise SettingsError("CHATAPP_MONEY_PER_DAY: needs the prices of the models, which stand in chatapp.toml.")
    if settings.public and not (has_file or settings.function or settings.demo or settings.model):
        raise SettingsError(
            "CHATAPP_PUBLIC: everybody could choose the dearest model. Set CHATAPP_MODEL to the one that they may "
            "use, or list several in chatapp.toml."
        )


def _explain(problem: Any) -> str:
    name = str(problem["loc"][0]).upper()
    variable = name if name in {"HOST", "PORT", "DATABASE_URL"} or name.startswith("OPENAI_") else f"CHATAPP_{name}"
    return f"{variable}: {problem['msg'].removeprefix('Value error, ')}"
