"""The application: the only file that knows every part."""

import gc
import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from chatapp import ROOT, config
from chatapp.config import Settings
from chatapp.errors import ChatError, Invalid, NotFound, TooLarge
from chatapp.generation.recovery import Recovery
from chatapp.generation.runner import Generations
from chatapp.generation.titles import Titles
from chatapp.providers import configured
from chatapp.providers.function.function_provider import FunctionProvider
from chatapp.realtime.rooms import conversation_room
from chatapp.realtime.socketio_server import Frame, Json, db, end_connection, guard, socketio
from chatapp.server import concurrency, metrics
from chatapp.server.instance import Instance
from chatapp.storage.token_log import DatabaseTokenLog
from chatapp.web import assets, compression, i18n, pages, pwa, socket_commands
from chatapp.web.api import blueprint
from chatapp.web.auth import Sessions, cookie_settings
from chatapp.web.rate_limit import RateLimit
from chatapp.web.services import Services

log = logging.getLogger(__name__)

PING_INTERVAL_SECONDS = 10
#: A ping, or its answer, waits behind what is on its way: on a slow network a long frame takes that long.
PING_TIMEOUT_SECONDS = 30
#: What Flask refuses by itself, by status.
REFUSALS = {
    400: Invalid("The server could not read the request."),
    404: NotFound("There is nothing at this address."),
    405: Invalid("This address does not take such a request."),
    413: TooLarge("That is larger than the server takes."),
    415: Invalid("The server does not take this kind of content."),
}
FAILURE = ChatError("The server failed. Its log says why.")


class Application(Flask):
    """The Flask application, with the graceful stop that its worker asks for."""

    services: Services

    def drain(self, tick: Callable[[], None], *, is_hasty: bool) -> None:
        """End gracefully: tabs that follow no answer leave at once, the others with its end.

        In haste, answers are not waited for. `tick` is called often, to show that the worker is alive.
        """
        generations = self.services.generations
        generations.is_draining = True
        self._dismiss(keep=generations.conversation_ids())
        if is_hasty:
            generations.drain(0, tick, lambda: False)
        else:
            generations.drain(self.services.settings.drain_seconds, tick, self.services.instance.has_company)
        self._dismiss(keep=set())
        for source in self.services.catalogue.sources:
            if isinstance(source.provider, FunctionProvider):
                source.provider.stop()

    @staticmethod
    def count_connections(count: Callable[[], int]) -> None:
        """Let the metrics tell how many connections the worker serves."""
        metrics.green_threads.labels("connection").set_function(count)

    @staticmethod
    def _dismiss(keep: set[str]) -> None:
        manager, engine = socketio.server.manager, socketio.server.eio
        kept = {
            connection
            for conversation_id in keep
            for _, connection in manager.get_participants("/", conversation_room(conversation_id))
        }
        for connection in set(engine.sockets) - kept:
            end_connection(socketio.server, connection)


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
    _handle_errors(app)
    _harden(app)
    _serve_sockets(app)
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


def _serve_sockets(app: Application) -> None:
    socket_commands.register(app.services)
    socketio.init_app(
        app,
        async_mode="eventlet",
        # One command of a socket at a time, in order: a tab cannot overtake itself, nor flood the server.
        async_handlers=False,
        transports=["websocket"],
        cors_allowed_origins=[],  # handshakes are judged in events.connect, so that refusals are CONNECT_ERRORs
        ping_interval=PING_INTERVAL_SECONDS,
        ping_timeout=PING_TIMEOUT_SECONDS,
        max_http_buffer_size=app.services.settings.frame_bytes,
        serializer=Frame,
        json=Json,
        logger=logging.getLogger("socketio.server"),
        engineio_logger=logging.getLogger("engineio.server"),
    )
    socketio.server.eio._async = concurrency.ASYNC_DRIVER
    guard(socketio.server)


def _handle_errors(app: Application) -> None:
    """Answer every error in the form that its reader expects: a page, or problem+json."""

    def answer(error: ChatError, status: int) -> Any:
        wants_page = request.method == "GET" and not request.path.startswith(("/api/", "/healthz", "/readyz"))
        if wants_page and request.accept_mimetypes.accept_html:
            page = {"status": status, "title": gettext(error.title), "detail": i18n.told(error)}
            return render_template("error.html", **page), status, {"Cache-Control": "no-store"}
        return blueprint.problem(error, status)

    @app.errorhandler(ChatError)
    def refused(error: ChatError) -> Any:
        return answer(error, error.status)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Any:
        status = error.code or 500
        told = REFUSALS.get(status) or (FAILURE if status >= 500 else REFUSALS[400])
        response = app.make_response(answer(told, status))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response

    @app.errorhandler(Exception)
    def crashed(error: Exception) -> Any:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return answer(FAILURE, FAILURE.status)


def _harden(app: Application) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = pages.PART_HEADERS if assets.is_part(request.path) else pages.HEADERS
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
