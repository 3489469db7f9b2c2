"""The provider for OpenAI's Chat Completions API: OpenAI, Azure, Ollama, LM Studio, llama.cpp, vLLM, OpenRouter.

The SDK opens the stream (authentication, base URL, typed errors). Its body is parsed here, because the SDK's typed
object per token takes more than half of a simple server's CPU time.
"""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import openai
import orjson

from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, Done, Finish, ModelInfo, Prompt, Reasoning, Usage
from chatapp.providers.large_prompts import in_thread_if_large
from chatapp.providers.openai import upstream_errors
from chatapp.providers.openai.connections import PooledClient, PoolSettings, was_unread
from chatapp.providers.openai.event_stream import MAX_EVENT_BYTES, events
from chatapp.server import metrics

MODELS_SECONDS = 5.0
RETRY_WITHIN_SECONDS = 0.5
#: The errors of reading JSON of the wrong shape.
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError)
NOT_FOR_CHAT = [
    "embed",
    "whisper",
    "tts",
    "dall-e",
    "moderation",
    "image",
    "realtime",
    "transcribe",
    "audio",
    "davinci",
    "babbage",
    "sora",
    "search-api",
]
#: The header by which the SDK hands over an open response, as its `with_streaming_response` does.
RAW_RESPONSE = "X-Stainless-Raw-Response"


class OpenAICompatible:
    """One upstream server."""

    lists_all = False

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float,
        pool: PoolSettings,
        proxy: str | None = None,
        address: str = "OPENAI_BASE_URL",
        missing_key: str = "",
    ) -> None:
        """`address`: the name of the base URL's setting; `missing_key`: the variable that should hold the key."""
        self.name = name
        self.identity = f"{name} {base_url}"
        self._key = api_key
        self._address = address
        self._missing_key = missing_key
        self._counts_usage = True
        self._pool = pool
        self._http = PooledClient(name, pool, proxy)
        self._client = openai.OpenAI(
            base_url=base_url or None,
            api_key=api_key or "none",  # the SDK requires a key; local servers accept any
            max_retries=0,  # the SDK would wait for Retry-After seconds
            # No read time-out here: the runner times tokens, as comments that keep a stream alive are not tokens.
            timeout=httpx2.Timeout(None, connect=connect_timeout, write=30.0, pool=pool.wait_seconds),
            default_headers={"Accept-Encoding": "identity"},
            http_client=self._http,
        )
        self._client.platform_headers()  # runs `uname` once, which would delay the first answer

    def models(self) -> list[ModelInfo]:
        self._check_key()
        try:
            listed = self._client.models.list(timeout=httpx2.Timeout(MODELS_SECONDS, pool=self._pool.wait_seconds))
            names = [str(model.id) for model in listed.data or ()]
        except openai.OpenAIError as error:
            raise self._translate(error) from error
        except MALFORMED as error:
            raise upstream_errors.not_compatible(self._address) from error
        return [
            ModelInfo(name, name, self.name) for name in names if not any(word in name.lower() for word in NOT_FOR_CHAT)
        ]

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        self._check_key()
        try:
            with closing(self._open(prompt)) as response:
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    yield from self._chunks(response.iter_bytes())
                else:
                    yield from self._read_unstreamed(response.iter_bytes())
        except openai.OpenAIError as error:
            raise self._translate(error) from error
        except httpx2.HTTPError as error:
            raise upstream_errors.connection_lost() from error

    def close(self) -> None:
        """Close the idle connections."""
        self._http.close_idle()

    def _translate(self, error: openai.OpenAIError) -> ProviderError:
        if isinstance(error.__cause__, httpx2.PoolTimeout):
            metrics.upstream_waits_timed_out.labels(self.name).inc()
            return upstream_errors.no_connection(self._pool.connections, self._pool.wait_seconds)
        return upstream_errors.from_sdk(error, self._key, self._address)

    def _check_key(self) -> None:
        if self._missing_key:
            raise upstream_errors.no_key(self._missing_key)

    def _open(self, prompt: Prompt) -> Any:
        requested_at = time.monotonic()
        try:
            return self._request(prompt)
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError as error:
            # Probably a kept connection that the server has closed meanwhile: retry once, at once.
            if was_unread(error) or time.monotonic() - requested_at < RETRY_WITHIN_SECONDS:
                return self._request(prompt)
            raise
        except openai.BadRequestError as error:
            if self._counts_usage and "stream_options" in str(error):
                self._counts_usage = False
                return self._request(prompt)
            raise

    def _request(self, prompt: Prompt) -> Any:
        options = {key: value for key, value in prompt.options.items() if value is not None}
        if self._counts_usage:
            options["stream_options"] = {"include_usage": True}
        body = {"model": prompt.model, "messages": prompt.messages, "stream": True, **options}
        # As `chat.completions.create` does, but that looks at every message, for 0.2 ms each.
        return self._client.post(
            "/chat/completions",
            cast_to=openai.types.chat.ChatCompletion,
            content=in_thread_if_large(prompt, lambda: orjson.dumps(body)),
            options={"headers": {RAW_RESPONSE: "stream"}, "security": {"bearer_auth": True}},
            stream=True,
            stream_cls=openai.Stream[Any],
        )

    def _chunks(self, body: Iterator[bytes]) -> Iterator[Chunk]:
        finished = False
        try:
            for data in events(body):
                if data == b"[DONE]":
                    finished = True
                    yield Done()  # the body is read to its end, so that the connection can be reused
                    continue
                for chunk in _read(_json(data), "delta", self._key):
                    finished = finished or isinstance(chunk, Finish)
                    yield chunk
        except MALFORMED as error:
            raise upstream_errors.malformed() from error
        if not finished:
            raise upstream_errors.connection_lost()

    def _read_unstreamed(self, body: Iterator[bytes]) -> Iterator[Chunk]:
        """Read the answer of a server that ignores `stream`."""
        try:
            answer = _json(_read_bounded(body))
            if not isinstance(answer, dict) or not (answer.get("choices") or answer.get("error")):
                raise upstream_errors.not_compatible(self._address)
            yield from _read(answer, "message", self._key)
        except MALFORMED as error:
            raise upstream_errors.not_compatible(self._address) from error


def _read_bounded(body: Iterator[bytes]) -> bytes:
    parts, size = [], 0
    for part in body:
        parts.append(part)
        size += len(part)
        if size > MAX_EVENT_BYTES:
            raise ValueError("the answer is too large")
    return b"".join(parts)


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)  # accepts lone surrogates, which some servers send


def _read(answer: Any, part: str, key: str) -> Iterator[Chunk]:
    """Yield the chunks of one JSON object; `part`: the key of a choice's text. Raises ProviderError for an error."""
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    if error := answer.get("error"):
        raise upstream_errors.in_stream(error, key)
    for choice in answer.get("choices") or ():
        delta = choice.get(part) or {}
        if thought := delta.get("reasoning_content") or delta.get("reasoning"):
            yield Reasoning(thought)
        if text := delta.get("content"):
            yield text
        if reason := choice.get("finish_reason"):
            yield Finish(str(reason))
    if usage := answer.get("usage"):
        prompt, completion = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        cached = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
        yield Usage(prompt, completion, int(usage.get("total_tokens") or prompt + completion), cached)
