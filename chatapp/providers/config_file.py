"""chatapp.toml, the optional file of providers. `chatapp.example.toml` explains each line."""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, ValidationError, model_validator

from chatapp.config import TARGET, Settings
from chatapp.errors import ProviderError, SettingsError
from chatapp.protocol.payloads import Model, Options
from chatapp.providers.continuation import Way
from chatapp.providers.limits import Limits
from chatapp.providers.prices import Price
from chatapp.providers.section import Section

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def _target(value: str) -> str:
    if not re.fullmatch(TARGET, value):
        raise ValueError("takes module:name, like my_app:reply")
    return value


Seconds = Annotated[float, Field(gt=0, le=86_400)]
Url = Annotated[str, Field(pattern="^https?://.+")]
ProxyUrl = Annotated[str, Field(pattern="^(https?|socks|socks5|socks5h)://.+")]
Target = Annotated[str, AfterValidator(_target)]


def _option(value: str) -> str:
    if value not in Options.model_fields or value == "max_turns":  # that one is not sent
        raise ValueError("is no option that is sent")
    return value


def _server_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][\w.-]{0,63}", value) or value in {"model", "messages", "stream", "stream_options"}:
        raise ValueError("takes the server's name of an option, like repeat_penalty")
    return value


OptionName = Annotated[str, AfterValidator(_option)]
ServerName = Annotated[str, AfterValidator(_server_name)]


class ListedModel(Section):
    """A model in chatapp.toml: its display name, what it is good for, defaults and limits of its prompts, its price."""

    id: Model
    name: str = ""
    description: Annotated[str, Field(max_length=200)] = ""
    options: Options = Options()
    limits: Limits = Limits()
    price: Price | None = None
    system_prompt: str | None = None

    @model_validator(mode="before")
    @classmethod
    def accept_id(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value


class ProviderSettings(Section):
    """One provider: an OpenAI-compatible server (`base_url`) or a Python function (`function`)."""

    base_url: Url | None = None
    key_env: Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    proxy: ProxyUrl | None = None
    #: How a partial answer is continued; None: by what the server is.
    continuation: Way | None = None
    #: How the reasoning of earlier answers is sent back: in a field of this name, or in the text; False: not at all.
    send_reasoning: Literal[False, "reasoning_content", "reasoning", "think"] = False
    function: Target | None = None
    folder: Path = Path()
    reload: bool = False

    models: tuple[ListedModel, ...] = ()
    #: Whether models that are not in `models` can be named.
    others: bool = False
    options: Options = Options()
    #: The server's own names of options.
    rename: dict[OptionName, ServerName] = Field(default_factory=dict)
    limits: Limits = Limits()
    price: Price | None = None
    system_prompt: str | None = None
    connect_timeout: Seconds | None = None
    first_token_timeout: Seconds | None = None
    token_timeout: Seconds | None = None
    cache: bool | None = None

    @model_validator(mode="after")
    def check_kind(self) -> "ProviderSettings":
        if (self.base_url is None) == (self.function is None):
            raise ValueError("takes base_url (an OpenAI-compatible server) or function (module:name), one of both")
        of_server = {"base_url", "key_env", "proxy", "continuation", "send_reasoning", "connect_timeout", "rename"}
        of_function = {"function", "folder", "reload"}
        misplaced = self.model_fields_set & (of_function if self.base_url else of_server)
        if misplaced:
            raise ValueError(f"{min(misplaced)} does not belong to a {'server' if self.base_url else 'function'}")
        return self

    @model_validator(mode="after")
    def check_options(self) -> "ProviderSettings":
        _check_options("", self.options, self.limits)
        for model in self.models:
            options = Options(**{**self.options.model_dump(), **model.options.model_dump(exclude_none=True)})
            _check_options(f"models: {model.id}: ", options, self.limits | model.limits)
        return self

    def offers(self, model: str) -> bool:
        """Tell whether a model can be chosen, as far as this file says."""
        return not self.models or self.others or any(each.id == model for each in self.models)

    @property
    def has_prices(self) -> bool:
        """Whether each model that can be chosen has a price."""
        is_listed = bool(self.models) and not self.others
        return self.price is not None or (is_listed and all(model.price for model in self.models))

    @property
    def is_cached(self) -> bool:
        """Whether the cache may answer repeated questions. By default not those to a function."""
        return self.function is None if self.cache is None else self.cache


def _check_options(place: str, options: Options, limits: Limits) -> None:
    """Raise ValueError for an operator's default above the operator's own limit."""
    try:
        limits.check(options.model_dump(exclude_none=True))
    except ProviderError as error:
        values = error.values
        raise ValueError(
            f"{place}options: {values['option']} = {values['value']} is not within limits: {values['limit']}"
        ) from None


class ProviderFile(Section):
    """The complete file. `default`: the default model, as `provider/model`."""

    default: Model | None = None
    providers: dict[str, ProviderSettings] = Field(min_length=1)

    @model_validator(mode="after")
    def check_names(self) -> "ProviderFile":
        for name in self.providers:
            if not NAME.fullmatch(name):
                raise ValueError(f"providers: {name!r} is no name: at most 40 letters, digits, and . _ - between them")
        if self.default is not None and self.default.partition("/")[0] not in self.providers:
            raise ValueError("default: must begin with a provider's name, like ollama/llama3.2")
        return self


def read(settings: Settings) -> ProviderFile | None:
    """Read the configured file; None if there is none. Raises SettingsError with a line for each problem."""
    path = settings.config_file
    if path is None:
        return None
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path.name}: {getattr(error, 'strerror', None) or error}") from None
    try:
        file = ProviderFile.model_validate(content)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path.name}: {_explain(problem)}" for problem in error.errors())) from None
    if settings.model and settings.model.partition("/")[0] not in file.providers:
        raise SettingsError(
            f"CHATAPP_MODEL: must begin with the name of a provider in {path.name}, like ollama/llama3.2"
        )
    _check_guards(file, settings, path.name)
    folders = {name: path.parent / provider.folder for name, provider in file.providers.items()}
    for name, folder in folders.items():
        if file.providers[name].function and not folder.is_dir():
            raise SettingsError(f"{path.name}: providers.{name}.folder: there is no folder {folder}")
    providers = {name: each.model_copy(update={"folder": folders[name]}) for name, each in file.providers.items()}
    return file.model_copy(update={"providers": providers})


def _check_guards(file: ProviderFile, settings: Settings, where: str) -> None:
    """Raise SettingsError for a default that cannot be chosen, and for what would leave money without a bound."""
    default = settings.model or file.default or ""
    name, _, model = default.partition("/")
    if default and not file.providers[name].offers(model or name):
        raise SettingsError(f"{where}: the default {default} is not among the models of providers.{name}")
    for name, provider in file.providers.items():
        if settings.public and provider.base_url and not (provider.models or provider.others):
            raise SettingsError(
                f"{where}: providers.{name}.models: with CHATAPP_PUBLIC=1 list the models that everybody may use "
                "(or say others = true)"
            )
        if settings.money_per_day and not provider.has_prices:
            raise SettingsError(
                f"{where}: providers.{name}.price: CHATAPP_MONEY_PER_DAY needs the price of each model; "
                "price = { input = 0, output = 0 } for one that costs nothing"
            )


def read_variable(variable: str) -> str:
    """Return the value of an environment variable, from the environment or `.env`; empty if it is not set."""
    return os.environ.get(variable) or dotenv_values(".env").get(variable) or ""


def _explain(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    text = "is not known" if problem["type"] == "extra_forbidden" else problem["msg"].removeprefix("Value error, ")
    return f"{place}: {text}" if place else text
