"""The providers that the settings name, made ready: the demo, one by the environment, or those of chatapp.toml."""

from chatapp import demo
from chatapp.config import Settings
from chatapp.providers import OpenAICompatible, config_file
from chatapp.providers.base import Provider
from chatapp.providers.config_file import ProviderSettings
from chatapp.providers.function.function_provider import FunctionProvider
from chatapp.providers.openai.connections import PoolSettings
from chatapp.providers.registry import ConfiguredProvider, ProviderRegistry


def registry(settings: Settings) -> ProviderRegistry:
    """Return the registry of all providers. Raises SettingsError."""
    if settings.function:
        return _one_function(settings)
    file = config_file.read(settings)
    if file is None:
        return _one_server(settings)
    providers = [_configured(name, one, settings) for name, one in file.providers.items()]
    return ProviderRegistry(providers, settings.model or file.default or "", is_named=True)


def _one_server(settings: Settings) -> ProviderRegistry:
    provider = OpenAICompatible(
        "demo" if settings.demo else "openai",
        base_url=demo.start() if settings.demo else settings.openai_base_url,
        api_key=settings.openai_api_key,
        connect_timeout=settings.connect_timeout,
        pool=_pool(settings),
    )
    configured = ConfiguredProvider(
        provider, first_token_timeout=settings.first_token_timeout, token_timeout=settings.token_timeout
    )
    return ProviderRegistry([configured], settings.model or ("demo" if settings.demo else ""))


def _one_function(settings: Settings) -> ProviderRegistry:
    """Return what `python -m chatapp run module:name` serves."""
    name = settings.function.rpartition(":")[2]
    one = ProviderSettings(
        function=settings.function, folder=settings.function_folder.absolute(), reload=settings.function_reload
    )
    return ProviderRegistry([_configured(name, one, settings)], name, is_named=True)


def _configured(name: str, one: ProviderSettings, settings: Settings) -> ConfiguredProvider:
    return ConfiguredProvider(
        _function(name, one) if one.function else _server(name, one, settings),
        models=one.models,
        options=one.options.model_dump(exclude_none=True),
        system_prompt=one.system_prompt,
        first_token_timeout=one.first_token_timeout or settings.first_token_timeout,
        token_timeout=one.token_timeout or settings.token_timeout,
        is_cached=one.is_cached,
        makes_titles=one.function is None,
    )


def _server(name: str, one: ProviderSettings, settings: Settings) -> Provider:
    key = config_file.key(one.key_env) if one.key_env else ""
    return OpenAICompatible(
        name,
        base_url=one.base_url or "",
        api_key=key,
        connect_timeout=one.connect_timeout or settings.connect_timeout,
        pool=_pool(settings),
        proxy=one.proxy,
        address=f"providers.{name}.base_url in chatapp.toml",
        missing_key=one.key_env if one.key_env and not key else "",
    )


def _pool(settings: Settings) -> PoolSettings:
    return PoolSettings(settings.upstream_connections, settings.upstream_idle_seconds, settings.upstream_wait_seconds)


def _function(name: str, one: ProviderSettings) -> Provider:
    provider = FunctionProvider(name, one.function or "", folder=one.folder, reload=one.reload)
    provider.start()
    return provider
