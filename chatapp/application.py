"""The application: the only file that knows every part."""

import gc
import logging
from collections.abc import Callable

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from chatapp import ROOT, config
from chatapp.config import Settings
from chatapp.generation.recovery import Recovery
from chatapp.generation.runner import Generations
from chatapp.generation.titles import Titles
from chatapp.providers import configured
from chatapp.providers.function.function_provider import FunctionProvider
from chatapp.realtime import socketio_server
from chatapp.server import concurrency, metrics
from chatapp.server.instance import Instance
from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog
from chatapp.web import assets, compression, error_responses, i18n, pages, pwa, socket_commands
from chatapp.web.api import blueprint
from chatapp.web.auth import Sessions, cookie_settings
from chatapp.web.rate_limit import RateLimit
from chatapp.web.services import Services

log = logging.getLogger(__name__)


class Application(Flask):
    """The Flask application, with the graceful stop that its worker asks for."""

    services: Services

    def drain(self, tick: Callable[[], None], *, is_hasty: bool) -> None:
        """End gracefully: tabs that follow no answer leave at once, the others with its end.

        In haste, answers are not waited for. `tick` is called often, to show that the worker is alive.
        """
        generations = self.services.generations
        generations.is_draining = True
        socketio_server.disconnect_tabs(except_in=generations.conversation_ids())
        if is_hasty:
            generations.drain(0, tick, lambda: False)
        else:
            generations.drain(self.services.settings.drain_seconds, tick, self.services.instance.has_company)
        socketio_server.disconnect_tabs()
        for source in self.services.catalogue.sources:
            if isinstance(source.provider, FunctionProvider):
                source.provider.stop()

    @staticmethod
    def count_connections(count: Callable[[], int]) -> None:
        """Let the metrics tell how many connections the worker serves."""
        metrics.green_threads.labels("connection").set_function(count)


def build(settings: Settings | None = None) -> Application:
    """Build the application. Raises SettingsError when it must not start as it is configured."""
    settings = settings or config.load()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("chatapp").setLevel(settings.log_level)
    for name in config.unknown_variables():
        log.warning("%s is not a setting of chatapp; is it misspelt?", name)

    concurrency.start_threads()
    instance = Instance.of_process(settings.instance)
    instance.live()
    db.bind(settings.database)
    db.migrate()

    app = Application(
        "chatapp",
        root_path=str(ROOT / "chatapp"),
        instance_path=str(settings.instance),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    secret_key = settings.secret_key or instance.secret_key()
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=settings.frame_bytes,
        TEMPLATES_AUTO_RELOAD=True,  # as the files of the page are: edits show
        **cookie_settings(settings, secret_key),
    )
    compression.install(app)
    files = assets.serve(app, ROOT / "static")
    i18n.serve(app)
    app.services = _services(settings, instance, secret_key)
    app.register_blueprint(pages.blueprint(app.services))
    app.register_blueprint(pwa.blueprint(app.services, files))
    app.register_blueprint(blueprint.blueprint(app.services))
    error_responses.handle_errors(app)
    pages.add_headers(app)
    socket_commands.register(app.services)
    socketio_server.bind(app, frame_bytes=settings.frame_bytes)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.services.recovery.recover()
    concurrency.spawn(app.services.recovery.run)
    # What is loaded by now stays: looking through it again and again would cost a pause for all tabs each time.
    gc.collect()
    gc.freeze()
    return app


def _services(settings: Settings, instance: Instance, secret_key: str) -> Services:
    catalogue = configured.catalogue(settings)
    catalogue.refresh()
    token_log = DatabaseTokenLog(db)
    generations = Generations(settings, instance, token_log, catalogue)
    generations.completed = Titles(settings, catalogue).consider
    return Services(
        settings=settings,
        instance=instance,
        token_log=token_log,
        catalogue=catalogue,
        generations=generations,
        recovery=Recovery(settings, instance, token_log, generations),
        sessions=Sessions(settings, secret_key),
        message_limit=_message_limit(settings),
    )


def _message_limit(settings: Settings) -> RateLimit | None:
    count = settings.messages_per_minute
    if not count:
        return None
    return RateLimit(burst=count, per_second=count / 60, message="Too many messages. Try again in {wait} s.")
