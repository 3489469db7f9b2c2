"""Calls the user's function once, and sends its output to a socket until the socket is closed."""

import asyncio
import contextlib
import gc
import inspect
import json
import socket
import sys
import traceback
from collections.abc import Iterable
from typing import Any

from chatapp.function_host import frames
from chatapp.function_host.chunks import ChunkReader, type_error
from chatapp.function_host.event_loops import EventLoops
from chatapp.function_host.failures import describe_failure
from chatapp.function_host.target import Target


class ReaderGone(Exception):
    """The server has closed its end: the answer was stopped."""


class Invocation:
    """One call of the function, in a thread of its own: it may block and compute."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._chunks = ChunkReader()

    def run(self, target: Target, loops: EventLoops) -> None:
        """Read the question, call the function, and send all its output."""
        if not self._has_run_to_its_end(target, loops):
            # A stream of the openai SDK and its generator refer to each other: until they are collected, their
            # connection stays open, and the model goes on, for nobody.
            gc.collect()

    def _has_run_to_its_end(self, target: Target, loops: EventLoops) -> bool:
        try:
            self._deliver(target.call(self._read_question()), loops)
            self._send(frames.frame(frames.END))
        except ReaderGone:
            return False
        except BaseException as error:  # noqa: BLE001 -- sys.exit() ends only this answer
            with contextlib.suppress(ReaderGone):
                self._send(frames.json_frame(frames.FAILED, describe_failure(error)))
            return False
        return True

    def stop(self) -> None:
        """Stop the function at its next output."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.connection.close()

    def _read_question(self) -> dict[str, Any]:
        _, length = frames.unpack_head(self._receive(frames.HEAD_BYTES))
        question: dict[str, Any] = json.loads(self._receive(length))
        return question

    def _receive(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                part = self.connection.recv(min(size - len(data), 1 << 20))
            except OSError:
                raise ReaderGone from None
            if not part:
                raise ReaderGone
            data += part
        return bytes(data)

    def _deliver(self, value: Any, loops: EventLoops) -> None:
        if inspect.isawaitable(value) or hasattr(value, "__aiter__"):
            value, error = loops.run(self._await(value))
            if error:
                raise error
        if self._chunks.is_single_value(value):
            self._send(self._chunks.read(value))
        elif isinstance(value, Iterable):
            self._iterate(value)
        else:
            raise type_error(value)

    def _iterate(self, values: Iterable[Any]) -> None:
        try:
            for value in values:
                self._send(self._chunks.read(value))
        finally:
            _close(values)

    def _send(self, data: bytes) -> None:
        """Send frames. Raises ReaderGone, also without frames: a generator without output must stop, too."""
        try:
            if data:
                self.connection.sendall(data)
            elif not self.connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK):
                raise ReaderGone
        except BlockingIOError:
            pass
        except OSError:
            raise ReaderGone from None

    async def _await(self, value: Any) -> tuple[Any, BaseException | None]:
        """Send the output of an asynchronous function. Return its return value, and its exception.

        Raises nothing: a task that raises SystemExit would end its loop.
        """
        loop, task, connection = asyncio.get_running_loop(), asyncio.current_task(), self.connection
        has_left = False

        def leave() -> None:
            nonlocal has_left
            has_left = True
            loop.remove_reader(connection)
            if task:
                task.cancel()

        connection.setblocking(False)  # answers may share a loop, so none may block in a call
        loop.add_reader(connection, leave)  # the server sends nothing more: readable means closed
        try:
            if inspect.isawaitable(value):
                value = await value
            if not hasattr(value, "__aiter__"):
                return value, None
            await self._iterate_async(value, loop)
        except BaseException as error:  # noqa: BLE001
            return None, ReaderGone() if has_left else error
        else:
            return None, None
        finally:
            loop.remove_reader(connection)
            connection.setblocking(True)

    async def _iterate_async(self, values: Any, loop: asyncio.AbstractEventLoop) -> None:
        try:
            async for value in values:
                if data := self._chunks.read(value):
                    await self._send_async(data, loop)
                else:
                    self._send(data)
        finally:
            await _aclose(values)

    async def _send_async(self, data: bytes, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await loop.sock_sendall(self.connection, data)
        except OSError:
            raise ReaderGone from None


def _close(values: Any) -> None:
    """Close a generator or a client's stream. Its `finally` block runs here."""
    close = getattr(values, "close", None)
    if not callable(close):
        return
    try:
        close()
    except BaseException:  # noqa: BLE001 -- nobody waits for the answer any more: log it
        _print_failure()


async def _aclose(values: Any) -> None:
    close = getattr(values, "aclose", None) or getattr(values, "close", None)
    if not callable(close):
        return
    try:
        closing = close()
        if inspect.isawaitable(closing):
            await closing
    except BaseException:  # noqa: BLE001
        _print_failure()


def _print_failure() -> None:
    sys.stderr.write(f"The function failed when it was closed:\n{traceback.format_exc()}")
