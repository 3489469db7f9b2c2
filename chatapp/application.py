"""The composition root: builds the application from its parts."""

import contextlib
import gc
import logging
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from chatapp import FILES, PACKAGE, config
from chatapp.chat.budgets import Budgets
from chatapp.chat.queue_commands import QueueCommands
from chatapp.chat.queued_answers import QueuedAnswers
from chatapp.chat.send import Sender
from chatapp.config import Settings
from chatapp.generation.recovery import Recovery
from chatapp.generation.runner import Runner
from chatapp.generation.title_writer import TitleWriter
from chatapp.providers import configured
from chatapp.realtime import socketio_server
from chatapp.server import concurrency, file_rights, metrics
from chatapp.server.admission import Admission
from chatapp.server.client_log import client_logger
from chatapp.server.clients import Clients
from chatapp.server.disk import DiskReserve
from chatapp.server.exposure import is_loopback
from chatapp.server.instance import Instance
from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog
from chatapp.web import assets, compression, error_responses, i18n, pages, pwa, socket_commands
from chatapp.web.api import conversations, events, models, ops, session, transfer
from chatapp.web.api import settings as settings_api
from chatapp.web.assets import Assets
from chatapp.web.auth import Authentication
from chatapp.web.gate import Gate
from chatapp.web.origins import Origins
from chatapp.web.services import Services
from chatapp.web.session_cookie import SessionCookie
from chatapp.web.session_registry import SessionRegistry
from chatapp.web.streams import Streams
from chatapp.web.uploads import Uploads

log = logging.getLogger(__name__)


class Application(Flask):
    """The Flask application, with the hooks that its gunicorn worker calls."""

    services: Services

    def drain(self, tick: Callable[[], None], *, is_hasty: bool) -> None:
        """Drain: disconnect tabs without a running answer, let the answers end, then disconnect the other tabs.

        `is_hasty`: interrupt the answers at once. `tick` is called every 50 ms: the worker's heartbeat.
        """
        services = self.services
        services.admission.is_draining = True
        socketio_server.disconnect_tabs(except_in=services.runner.conversation_ids())
        if is_hasty:
            services.runner.drain(0, tick, lambda: False)
        else:
            services.runner.drain(services.settings.drain_seconds, tick, services.instance.another_worker_is_alive)
        socketio_server.disconnect_tabs()
        with contextlib.suppress(SQLAlchemyError):
            services.sessions.store_uses()
        services.registry.close()

    @property
    def clients(self) -> Clients:
        return self.services.clients

    @staticmethod
    def count_connections(count: Callable[[], int]) -> None:
        """Export the number of connections that the worker serves as a metric."""
        metrics.green_threads.labels("connection").set_function(count)


def build(settings: Settings | None = None) -> Application:
    """Build the application. Raises SettingsError for a configuration with which it must not start."""
    settings = settings or config.load()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("chatapp").setLevel(settings.log_level)
    for name in config.unknown_variables():
        log.warning("%s is not a setting of chatapp; is it misspelt?", name)

    if settings.public and is_loopback(settings.host) and not settings.trusted_proxies:
        log.warning("CHATAPP_TRUSTED_PROXIES is 0: behind a proxy all visitors would share the bounds of one address.")

    concurrency.start_threads()
    instance = Instance.of_process(settings.instance)
    instance.lock_worker()
    db.bind(settings.database)
    file_rights.secure(instance.folder, db.file)
    db.migrate()

    app = Application(
        "chatapp",
        root_path=str(PACKAGE),
        instance_path=str(settings.instance),
        template_folder=str(FILES / "templates"),
        static_folder=None,
    )
    app.config.update(
        MAX_CONTENT_LENGTH=settings.frame_bytes,
        TEMPLATES_AUTO_RELOAD=True,  # like the static files, so that edits show at once
    )
    compression.install(app)
    files = assets.serve(app, FILES / "static")
    i18n.install(app)
    app.services = _services(settings, instance, files)
    for part in (pages, pwa, session, conversations, models, settings_api, transfer, events, ops):
        app.register_blueprint(part.blueprint)
    error_responses.handle_errors(app)
    socket_commands.register()
    socketio_server.bind(app, frame_bytes=settings.frame_bytes)
    for name in ("gunicorn.error", "engineio.server", "socketio.server"):
        client_logger(name)  # after socketio_server.bind, which turns engine.io's refusals into warnings
    app.wsgi_app = Gate(app, app.services, app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.services.recovery.recover()
    concurrency.spawn(app.services.recovery.run)
    concurrency.spawn(app.services.sessions.run)
    # Everything loaded so far is permanent: exclude it from collections, each of which pauses all tabs. The megabyte of
    # garbage among it stays: to collect it would take a tenth of the start.
    gc.freeze()
    return app


def _services(settings: Settings, instance: Instance, files: Assets) -> Services:
    registry = configured.registry(settings)
    registry.refresh()
    token_log = DatabaseTokenLog(db)
    disk = DiskReserve(settings.instance, settings.disk_reserve_bytes)
    admission, budgets = Admission(settings.question_bounds, disk), Budgets(settings)
    queued = QueuedAnswers(settings, instance.worker, registry, admission, budgets)
    runner = Runner(settings, token_log, registry, budgets, TitleWriter(settings, registry, budgets), queued)
    sessions = SessionRegistry(settings)
    keys = (settings.secret_key or instance.secret_key(), *settings.secret_key_fallbacks)
    cookie = SessionCookie(settings, sessions.identity, keys)
    return Services(
        settings=settings,
        instance=instance,
        token_log=token_log,
        registry=registry,
        admission=admission,
        clients=Clients(
            trusts_proxies=settings.trusted_proxies > 0,
            sockets=settings.sockets,
            per_address=settings.sockets_per_address,
            per_owner=settings.sockets_per_owner,
        ),
        sender=Sender(settings, instance.worker, registry, admission, budgets),
        queue=QueueCommands(settings, instance.worker),
        runner=runner,
        recovery=Recovery(settings, instance, token_log, runner, admission),
        sessions=sessions,
        auth=Authentication(settings, sessions, cookie),
        origins=Origins(settings),
        uploads=Uploads(settings.import_bytes, instance.folder, admission.check_room),
        assets=files,
        streams=Streams(settings.streams_per_owner),
    )
