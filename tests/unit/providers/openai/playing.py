"""Plays a server's responses to a provider in memory, and collects the message that a client would see."""

import copy
import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import httpx2

from chatapp.demo.odd_answers import OddAnswer
from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.providers.base import Chunk, Prompt
from chatapp.providers.openai.chat_endpoint import ChatEndpoint
from chatapp.providers.openai.connections import PoolSettings
from chatapp.providers.openai.openai_compatible import OpenAICompatible
from chatapp.storage.token_log import Entry, shown_text

QUESTION = [{"role": "user", "content": "Hi"}]


@dataclass(frozen=True)
class Seen:
    """A message as a client sees it. `error`: the code of its failure; `said`: the server's own words."""

    text: str = ""
    thought: str = ""
    finish: str | None = None
    usage: tuple[int, int] | None = None
    model: str | None = None
    notices: tuple[str, ...] = ()
    error: str | None = None
    sentence: str = ""
    said: str = ""
    retry_after: float | None = None


@functools.cache
def _made(**settings: Any) -> OpenAICompatible:
    """Return a provider; to make one takes 20 ms, for the certificates."""
    return OpenAICompatible(
        "p", base_url="http://model.test/v1", api_key="sk-1", connect_timeout=5, pool=PoolSettings(), **settings
    )


def provider(respond: Callable[[httpx2.Request], httpx2.Response], **settings: Any) -> OpenAICompatible:
    """Return a new provider whose server is a function."""
    made = copy.copy(_made(**settings))
    made._dialect = copy.deepcopy(made._dialect)
    return use(made, respond)


def use(made: OpenAICompatible, respond: Callable[[httpx2.Request], httpx2.Response]) -> OpenAICompatible:
    """Make a function the server of a provider."""
    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    made._client = made._client.with_options(http_client=client)
    made._endpoint = ChatEndpoint(made.name, made._client, "OPENAI_BASE_URL")
    return made


class Server:
    """A server that gives its answers one after the other, the last one again and again. `bodies`: of the requests."""

    def __init__(self, *answers: OddAnswer) -> None:
        self._answers = list(answers)
        self.bodies: list[dict[str, Any]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.bodies.append(json.loads(request.read() or b"{}"))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return httpx2.Response(answer.status, headers=dict(answer.headers), stream=Pieces([answer.body]))


class Pieces(httpx2.SyncByteStream):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


def see(chunks: Iterator[Chunk], partial: str = "") -> Seen:
    """Return the message that the chunks of an answer make, after `partial`."""
    buffer, error = ChunkBuffer(), None
    try:
        for chunk in chunks:
            buffer.put(chunk)
    except ProviderError as raised:
        error = raised
    buffer.close()
    pieces = []
    while taken := buffer.take(0.001):
        pieces += taken
    entries = [Entry("g", seq, kind, text) for seq, (kind, text) in enumerate(pieces)]
    shown, usage = shown_text(partial, "", entries), buffer.usage
    return Seen(
        text=shown.content,
        thought=shown.reasoning,
        finish=None if error else buffer.finish_reason,
        usage=(usage.prompt_tokens, usage.completion_tokens) if usage else None,
        model=buffer.answered_by,
        notices=tuple(notice["text"].format(**notice["values"]) for notice in buffer.notices),
        error=error and error.code,
        sentence=error.text.format(**error.values) if error else "",
        said=error.provider_message if error else "",
        retry_after=error and error.retry_after,
    )


def play(answer: OddAnswer, *, partial: str = "", options: dict[str, Any] | None = None, **settings: Any) -> Seen:
    """Return the message of one question to a server that gives this answer."""
    made = provider(Server(answer), **settings)
    return see(made.stream(Prompt("m", QUESTION, options or {}, partial=partial)), partial)


def play_cut(made: OpenAICompatible, pieces: list[bytes], partial: str = "") -> Seen:
    """Return the message of an answer whose body comes in these pieces, without HTTP."""
    body = SimpleNamespace(iter_bytes=lambda: iter(pieces), headers={})
    response = SimpleNamespace(http_response=body, close=lambda: None, headers={})
    made._open = lambda _prompt: (response, [], False)  # type: ignore[method-assign]
    return see(made.stream(Prompt("m", QUESTION, partial=partial)), partial)
