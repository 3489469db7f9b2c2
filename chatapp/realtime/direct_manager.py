"""The client manager of Socket.IO: rooms as python-socketio keeps them, and events that go straight to the sockets."""

from typing import Any

import socketio

from chatapp.protocol.facts import short_token_payload
from chatapp.realtime.event_frame import EventFrame


class DirectManager(socketio.Manager):  # type: ignore[misc]
    """Builds one frame of an event for all tabs of a room, and writes it to each that takes it at once.

    The library's own way wakes a green thread for each tab, which encodes and packs the event again. A token has a
    second frame, if tabs of the room take short ones.
    """

    def emit(self, event: str, data: Any, namespace: str, room: str | None = None, **options: Any) -> None:
        if any(options.values()):  # what is not for all of a room, or wants an answer
            super().emit(event, data, namespace, room, **options)
            return
        members = self.rooms.get(namespace, {}).get(room)
        if not members:
            return
        frame = short = None
        sockets = self.server.eio.sockets
        for connection in list(members.values()):
            if (eio_socket := sockets.get(connection)) and not eio_socket.closed:
                queue = eio_socket.queue
                if event == "token" and queue.takes_short_tokens:
                    short = short or EventFrame("t", short_token_payload(data))
                    queue.send(short)
                else:
                    frame = frame or EventFrame(event, data)
                    queue.send(frame)
