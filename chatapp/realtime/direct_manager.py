"""The client manager of Socket.IO: rooms as python-socketio keeps them, and events that go straight to the sockets."""

from typing import Any

import socketio

from chatapp.realtime.event_frame import EventFrame


class DirectManager(socketio.Manager):  # type: ignore[misc]
    """Builds one frame of an event for all tabs of a room, and writes it to each that takes it at once.

    The library's own way wakes a green thread for each tab, which encodes and packs the event again.
    """

    def emit(self, event: str, data: Any, namespace: str, room: str | None = None, **options: Any) -> None:
        if any(options.values()):  # what is not for all of a room, or wants an answer
            super().emit(event, data, namespace, room, **options)
            return
        members = self.rooms.get(namespace, {}).get(room)
        if not members:
            return
        frame = EventFrame(event, data)
        sockets = self.server.eio.sockets
        for connection in list(members.values()):
            if (eio_socket := sockets.get(connection)) and not eio_socket.closed:
                eio_socket.queue.send(frame)
