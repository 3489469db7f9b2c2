"""When a connection is kept for the next question, closed, or opened again."""

import socket
from collections.abc import Callable
from unittest import mock

from chatapp.errors import ProviderError
from chatapp.generation import shared_streams
from chatapp.server import concurrency
from live.connections.scenarios.harness import (
    ANSWER,
    COUNTED,
    HEAD,
    Answer,
    Model,
    check_idle_and_usable,
    chunked,
    descriptors,
    eventually,
    odd_server,
    scenario,
)


@scenario
def the_connection_of_an_ended_answer_is_reused(base_url: str) -> None:
    model = Model(base_url)
    for _ in range(50):
        answer = Answer(model)
        assert answer.text() == COUNTED
        answer.leave()
        answer.reader.wait()
        assert model.counts() == (0, 1, 0), model.pool.connections
    assert "Request Count: 50" in repr(model.pool.connections)


@scenario
def an_idle_connection_is_closed_after_the_idle_time(base_url: str) -> None:
    model = Model(base_url, idle_seconds=0.5)
    before = descriptors()
    assert model.answer() == COUNTED
    assert model.counts() == (0, 1, 0)
    eventually(lambda: descriptors() == before and model.counts() == (0, 0, 0), model.counts)
    check_idle_and_usable(model)


@scenario
def a_connection_closed_by_the_server_is_closed(_base_url: str) -> None:
    """Otherwise it would stay in CLOSE_WAIT until the next question."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + chunked(ANSWER) + b"0\r\n\r\n")
        may_close.wait()
        connection.close()

    may_close = concurrency.Event()
    with odd_server(serve) as address:
        model = Model(f"http://{address}", idle_seconds=600.0)
        assert model.answer() == "hello"
        assert model.counts() == (0, 1, 0)
        may_close.set()
        eventually(lambda: model.counts() == (0, 0, 0), model.counts)


def ask_on_a_kept_connection(second: Callable[[socket.socket], None]) -> tuple[list[int], str]:
    """Ask twice; `second` handles the second request on the first connection.

    Return the number of each request's connection, and the second answer or the code of its error.
    """

    def serve(connection: socket.socket) -> None:
        number = len(connections)
        if connection.recv(65536):
            connections.append(number)
            connection.sendall(HEAD + chunked(ANSWER) + b"0\r\n\r\n")
            if number == 0:
                second(connection)
                connection.close()

    connections: list[int] = []
    with odd_server(serve) as address:
        model = Model(f"http://{address}")
        assert model.answer() == "hello"
        try:
            return connections, model.answer()
        except ProviderError as error:
            return connections, error.code


@scenario
def a_request_that_a_closed_connection_did_not_deliver_is_sent_again(_base_url: str) -> None:
    """However late the close is noticed."""

    def close_late(connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        concurrency.sleep(0.7)

    connections, answer = ask_on_a_kept_connection(close_late)
    assert (connections, answer) == ([0, 1], "hello")


@scenario
def a_request_that_was_read_is_not_sent_again(_base_url: str) -> None:
    def read_and_close(connection: socket.socket) -> None:
        assert connection.recv(65536)
        concurrency.sleep(0.7)

    connections, answer = ask_on_a_kept_connection(read_and_close)
    assert (connections, answer) == ([0], "provider_unavailable")


@scenario
def a_connection_that_stays_open_after_the_end_of_a_stream_is_closed(_base_url: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + chunked(ANSWER))
        was_closed.append(connection.recv(1) == b"")

    was_closed: list[bool] = []
    with odd_server(serve) as address, mock.patch.object(shared_streams, "DRAIN_SECONDS", 0.1):
        model = Model(f"http://{address}")
        answer = Answer(model)
        assert answer.text() == "hello"
        answer.leave()
        answer.reader.wait()
        eventually(lambda: was_closed == [True], model.counts)
        assert model.counts() == (0, 0, 0)
