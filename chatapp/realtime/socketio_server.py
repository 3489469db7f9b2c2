"""The Socket.IO server: its settings, its JSON, and the checks of clients' packets."""

import json
import logging
from collections.abc import Collection
from typing import Any

import orjson
import socketio as socketio_library
from flask import Flask
from flask_socketio import SocketIO

from chatapp.protocol.json_size import check_size
from chatapp.realtime import backlog
from chatapp.realtime.direct_manager import DirectManager
from chatapp.realtime.rooms import DEVICE, conversation_room, device_room
from chatapp.realtime.websocket import ASYNC_DRIVER
from chatapp.server import metrics
from chatapp.server.client_log import client_logger

log = client_logger(__name__)

PING_INTERVAL_SECONDS = 10
#: Longer than a ping needs: it, or its answer, may have to wait for a long frame on a slow network.
PING_TIMEOUT_SECONDS = 30
HANDSHAKE_SECONDS, REFUSAL_SECONDS = 10.0, 5.0
#: In the environment of a handshake that is refused: the code, which the CONNECT_ERROR tells.
REFUSAL = "chatapp.refusal"
RESERVED = frozenset({"connect", "disconnect", "*"})


class Json:
    """JSON on the wire. Written unescaped, which halves the bytes of Korean text.

    Read by the standard library, which accepts lone surrogates, so that validation can name the field with one.
    """

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_options: Any) -> Any:
        check_size(text)
        return json.loads(text)


class Frame(socketio_library.packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet. Decoding raises ValueError unless it is well-formed and without binary parts."""

    uses_binary_events = False
    json = Json

    def decode(self, encoded_packet: Any) -> int:
        super().decode(encoded_packet)
        if self.packet_type not in {socketio_library.packet.CONNECT, socketio_library.packet.DISCONNECT}:
            if self.packet_type != socketio_library.packet.EVENT:
                raise ValueError("only events are expected of a client")
            if self.namespace not in {None, "/"}:
                raise ValueError("an event is for the default namespace")
            if not isinstance(self.data, list) or not self.data or not isinstance(self.data[0], str):
                raise ValueError("an event is a list that begins with its name")
            if self.data[0] in RESERVED:
                # These names belong to the server's own handlers: a client's event becomes an unknown command.
                self.data[0] = f'"{self.data[0]}"'
        return 0


def guard(server: socketio_library.Server) -> None:
    """End a connection at its first malformed packet, and unless its first packet is a handshake that is accepted."""
    handle_message, handle_connect = server.eio.handlers["message"], server.eio.handlers["connect"]

    def is_joined(connection: str) -> bool:
        return server.manager.sid_from_eio_sid(connection, "/") is not None

    def on_message(connection: str, data: str) -> None:
        if connection not in server.eio.sockets:
            return  # it has been ended, and was still read
        try:
            handle_message(connection, data)
        except Exception as error:  # noqa: BLE001 (the outermost boundary for a client's data)
            metrics.client_refusals.labels("malformed").inc()
            log.warning("Closed a socket that sent a malformed Socket.IO packet: %s", type(error).__name__)
            end_connection(server, connection)
        if not is_joined(connection):
            end_connection(server, connection)

    def on_connect(connection: str, environ: Any) -> Any:
        seconds = REFUSAL_SECONDS if REFUSAL in environ else HANDSHAKE_SECONDS
        server.eio.sockets[connection].queue.call_later("handshake", seconds, enforce_handshake, connection)
        return handle_connect(connection, environ)

    def enforce_handshake(connection: str) -> None:
        if not is_joined(connection) and connection in server.eio.sockets:
            metrics.client_refusals.labels("no_handshake").inc()
            end_connection(server, connection)

    server.eio.on("message", on_message)
    server.eio.on("connect", on_connect)


def prepare(sid: str, owner: str, *, takes_short_tokens: bool) -> None:
    """Count what waits for a connected socket among that of its owner's other tabs, and note what it takes."""
    eio_socket = socketio.server.eio.sockets.get(socketio.server.manager.eio_sid_from_sid(sid, "/"))
    if eio_socket:
        eio_socket.queue.count_towards(backlog.of_owner(owner))
        eio_socket.queue.takes_short_tokens = takes_short_tokens


def end_connection(server: socketio_library.Server, connection: str) -> None:
    """End a connection at once. Engine.IO's own method waits until the queue is empty, which may never happen."""
    if eio_socket := server.eio.sockets.pop(connection, None):
        eio_socket.close(wait=False, reason=server.eio.reason.SERVER_DISCONNECT)


class RefusalFilter(logging.Filter):
    """Log engine.io's refusals of clients as warnings: they are not errors of the server."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno == logging.ERROR and not record.exc_info:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


socketio = SocketIO()


def bind(app: Flask, *, frame_bytes: int) -> None:
    """Attach the server to an application, after all handlers are registered. `frame_bytes`: the largest frame."""
    logging.getLogger("engineio.server").addFilter(RefusalFilter())
    socketio.init_app(
        app,
        async_mode="eventlet",
        # One command of a socket at a time: they keep their order, and a tab cannot flood the server.
        async_handlers=False,
        transports=["websocket"],
        cors_allowed_origins=[],  # the `connect` handler checks origins, so that refusals are CONNECT_ERRORs
        ping_interval=PING_INTERVAL_SECONDS,
        ping_timeout=PING_TIMEOUT_SECONDS,
        max_http_buffer_size=frame_bytes,
        client_manager=DirectManager(),
        serializer=Frame,
        json=Json,
        logger=logging.getLogger("socketio.server"),
        engineio_logger=logging.getLogger("engineio.server"),
    )
    socketio.server.eio._async = ASYNC_DRIVER
    guard(socketio.server)


def disconnect_tabs(except_in: Collection[str] = ()) -> None:
    """Disconnect all tabs, except those that have one of these conversations open."""
    excepted = {
        connection
        for conversation_id in except_in
        for _, connection in socketio.server.manager.get_participants("/", conversation_room(conversation_id))
    }
    for connection in set(socketio.server.eio.sockets) - excepted:
        end_connection(socketio.server, connection)


def connected_devices() -> list[str]:
    """Return the ids of the sessions that have tabs here."""
    rooms = socketio.server.manager.rooms.get("/", {})
    return [room.removeprefix(DEVICE) for room in list(rooms) if room and room.startswith(DEVICE)]


def disconnect_device(session_id: str) -> None:
    """Disconnect all tabs of a session."""
    for _, connection in list(socketio.server.manager.get_participants("/", device_room(session_id))):
        end_connection(socketio.server, connection)
