"""Creates the configured providers: the demo, the one of the environment, or those of chatapp.toml."""

from chatapp.config import Settings
from chatapp.providers import config_file
from chatapp.providers.base import Provider
from chatapp.providers.config_file import ListedModel, ProviderSettings
from chatapp.providers.configured_provider import ConfiguredProvider
from chatapp.providers.function.function_provider import FunctionProvider
from chatapp.providers.openai.connections import PoolSettings
from chatapp.providers.openai.openai_compatible import OpenAICompatible
from chatapp.providers.openai.proxies import Proxy, normalize
from chatapp.providers.registry import ProviderRegistry


def registry(settings: Settings) -> ProviderRegistry:
    """Return the registry of all providers. Raises SettingsError."""
    if settings.function:
        return _function_registry(settings)
    file = config_file.read(settings)
    if file is None:
        return _server_registry(settings)
    providers = [_configure(name, section, settings) for name, section in file.providers.items()]
    return ProviderRegistry(providers, settings.model or file.default or "", is_named=True)


def _server_registry(settings: Settings) -> ProviderRegistry:
    """Return the registry of the demo, or of the server that the environment names."""
    provider = OpenAICompatible(
        "demo" if settings.demo else "openai",
        base_url=_start_demo() if settings.demo else settings.openai_base_url,
        api_key=settings.openai_api_key,
        connect_timeout=settings.connect_timeout,
        pool=_pool(settings),
    )
    default = settings.model or ("demo" if settings.demo else "")
    configured = ConfiguredProvider(
        provider,
        # Who may name any model spends as much as the dearest one costs: strangers get the default.
        models=(ListedModel(id=default),) if settings.public else (),
        first_token_timeout=settings.first_token_timeout,
        token_timeout=settings.token_timeout,
        shows_words=settings.shows_provider_words,
    )
    return ProviderRegistry([configured], default)


def _start_demo() -> str:
    # Imported only when needed: it takes a fiftieth of the start.
    from chatapp import demo

    return demo.start()


def _function_registry(settings: Settings) -> ProviderRegistry:
    """Return the registry for `python -m chatapp run module:name`."""
    name = settings.function.rpartition(":")[2]
    section = ProviderSettings(
        function=settings.function, folder=settings.function_folder.absolute(), reload=settings.function_reload
    )
    return ProviderRegistry([_configure(name, section, settings)], name, is_named=True)


def _configure(name: str, section: ProviderSettings, settings: Settings) -> ConfiguredProvider:
    return ConfiguredProvider(
        _function(name, section) if section.function else make_server(name, section, settings),
        models=section.models,
        takes_others=section.others,
        options=section.options.model_dump(exclude_none=True),
        limits=section.limits,
        price=section.price,
        system_prompt=section.system_prompt,
        first_token_timeout=section.first_token_timeout or settings.first_token_timeout,
        token_timeout=section.token_timeout or settings.token_timeout,
        is_cached=section.is_cached,
        makes_titles=section.function is None,
        shows_words=settings.shows_provider_words,
        send_reasoning=section.send_reasoning or None,
    )


def make_server(
    name: str, section: ProviderSettings, settings: Settings, *, key: str | None = None, address: str = ""
) -> OpenAICompatible:
    """Make the provider of a server. `key`: instead of the configured one; `address`: the name of its URL's setting."""
    configured_key = config_file.read_variable(section.key_env) if section.key_env else ""
    return OpenAICompatible(
        name,
        base_url=section.base_url or "",
        api_key=configured_key if key is None else key,
        connect_timeout=section.connect_timeout or settings.connect_timeout,
        pool=_pool(settings),
        proxy=Proxy(normalize(section.proxy), f"providers.{name}.proxy in chatapp.toml") if section.proxy else None,
        address=address or f"providers.{name}.base_url in chatapp.toml",
        missing_key=section.key_env if section.key_env and not configured_key and key is None else "",
        rename=section.rename,
        continuation=section.continuation,
    )


def _pool(settings: Settings) -> PoolSettings:
    return PoolSettings(settings.upstream_connections, settings.upstream_idle_seconds, settings.upstream_wait_seconds)


def _function(name: str, section: ProviderSettings) -> Provider:
    provider = FunctionProvider(name, section.function or "", folder=section.folder, reload=section.reload)
    provider.start()
    return provider
