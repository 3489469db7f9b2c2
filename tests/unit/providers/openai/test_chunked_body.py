"""Chunked bodies are read as h11 reads them, however they are cut, and their connections are reused."""

import random

import httpcore2
import httpx2
import pytest

from chatapp.providers.openai import chunked_body

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODIES = {
    "events": b"8\r\ndata: a\n\r\n9\r\ndata: bc\n\r\n0\r\n\r\n",
    "extensions": b'8;a=b\r\ndata: a\n\r\n1;c="d"\r\nx\r\n0;last\r\n\r\n',
    "trailers": b"3\r\nabc\r\n0\r\nX-Later: 1\r\nX-More: 2\r\n\r\n",
    "capitals and zeros": b"000A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n",
    "line breaks": b"4\r\n\r\n\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n",
    "empty": b"0\r\n\r\n",
}
BROKEN = {
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "a size that is none": b"xyz\r\nabc\r\n0\r\n\r\n",
    "a negative size": b"-3\r\nabc\r\n0\r\n\r\n",
    "a size in Python's way": b"1_0\r\n0123456789abcdef\r\n0\r\n\r\n",
    "a size with a prefix": b"0x3\r\nabc\r\n0\r\n\r\n",
    "too long a chunk": b"3\r\nabcdef\r\n0\r\n\r\n",
    "too short a body": b"3\r\nab",
    "no last chunk": b"3\r\nabc\r\n",
    "half a last chunk": b"3\r\nabc\r\n0\r\n",
}


class Network(httpcore2.MockBackend):
    """A server whose bytes come in these pieces. `opened`: its connections."""

    def __init__(self, pieces):
        super().__init__(pieces)
        self.opened = 0

    def connect_tcp(self, *args, **options):
        self.opened += 1
        return super().connect_tcp(*args, **options)


def client_of(pieces):
    transport = httpx2.HTTPTransport(verify=False)  # which takes long to prepare
    network = transport._pool._network_backend = Network(pieces)
    return httpx2.Client(transport=transport), network


def by_the_library(response):
    return response.iter_bytes()


def receive(pieces, read):
    """Return the body, read in one of the ways, or the kind of its error."""
    client, _ = client_of(pieces)
    with client, client.stream("GET", "http://example.com/") as response:
        try:
            return b"".join(read(response))
        except httpx2.HTTPError as error:
            return type(error)


def ours(response):
    assert chunked_body._find_connection(response), "what is expected of the libraries' insides"
    return chunked_body.read(response)


def cut(data, at):
    return [piece for piece in (data[:at], data[at:]) if piece]


@pytest.mark.parametrize("name", BODIES | BROKEN)
def test_bodies_are_read_as_h11_reads_them_cut_at_every_byte(name):
    data = HEAD + (BODIES | BROKEN)[name]
    expected = receive([data], by_the_library)
    assert isinstance(expected, bytes) == (name in BODIES)
    for at in range(1, len(data)):
        assert receive(cut(data, at), ours) == expected, data[:at]
    assert receive([data[at : at + 1] for at in range(len(data))], ours) == expected


def test_bodies_of_any_chunks_are_read_whole():
    numbers = random.Random(1)
    for _ in range(50):
        chunks = [numbers.randbytes(numbers.choice([1, 10, 1000, 70_000])) for _ in range(numbers.randint(0, 20))]
        data = HEAD + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        pieces = []
        while data:
            size = numbers.choice([1, 7, 500, 65536])
            pieces.append(data[:size])
            data = data[size:]
        assert receive(pieces, ours) == b"".join(chunks)


def test_a_chunk_is_passed_on_as_it_comes():
    client, _ = client_of([HEAD + b"ffffff\r\n", b"first", b"second"])
    with client, client.stream("GET", "http://example.com/") as response:
        body = chunked_body.read(response)
        assert [next(body), next(body)] == [b"first", b"second"]


def test_a_head_of_a_chunk_is_bounded():
    pieces = [HEAD, b"5;", *[b"x" * 1000] * 10]
    assert receive(pieces, ours) is httpx2.RemoteProtocolError


@pytest.mark.parametrize(("read_all", "connections"), [(True, 1), (False, 2)])
def test_a_connection_is_used_again_once_its_body_has_been_read(read_all, connections):
    client, network = client_of([HEAD + b"3\r\nabc\r\n0\r\n\r\n"] * 2)
    with client:
        for _ in range(2):
            with client.stream("GET", "http://example.com/") as response:
                body = chunked_body.read(response)
                assert (b"".join(body) if read_all else b"abc") == b"abc"
    assert network.opened == connections


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
    ids=["with a length", "to the end of the connection", "encoded"],
)
def test_other_bodies_are_read_by_the_library(answer):
    assert receive([answer, b""], chunked_body.read) == b"abc"


def test_errors_of_the_network_are_those_of_httpx(monkeypatch):
    for raised, expected in (
        (httpcore2.ReadError, httpx2.ReadError),
        (httpcore2.ReadTimeout, httpx2.ReadTimeout),
    ):

        def fail(*_args, raised=raised, **_options):
            raise raised("gone")

        client, _ = client_of([HEAD + b"3\r\nabc\r\n"])
        with client, client.stream("GET", "http://example.com/") as response:
            connection = chunked_body._find_connection(response)
            body = chunked_body.read(response)
            assert next(body) == b"abc"
            monkeypatch.setattr(connection._network_stream, "read", fail)
            with pytest.raises(expected, match="gone"):
                next(body)
