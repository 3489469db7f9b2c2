"""The provider for OpenAI's Chat Completions API: OpenAI, Azure, Ollama, LM Studio, llama.cpp, vLLM, OpenRouter.

The SDK opens the stream (authentication, base URL, typed errors). Its body is parsed here, because the SDK's typed
object per token takes more than half of a simple server's CPU time.
"""

import contextlib
import logging
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any, Literal

import httpx2
import openai
import orjson

from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, Done, ModelInfo, Notice, Prompt
from chatapp.providers.continuation import Joint, asked_by_prefill, asked_in_words, written
from chatapp.providers.large_prompts import in_thread_if_large
from chatapp.providers.model_names import ModelNames, for_chat
from chatapp.providers.openai import (
    concessions,
    dialects,
    error_reader,
    error_rules,
    model_list,
    proxies,
    upstream_errors,
)
from chatapp.providers.openai.answer_reader import AnswerReader
from chatapp.providers.openai.connections import PooledClient, PoolSettings, was_unread
from chatapp.providers.openai.event_stream import EventReader, Mark
from chatapp.providers.openai.proxies import Proxy
from chatapp.providers.openai.upstream_errors import nothing_written
from chatapp.providers.thoughts import split_thoughts
from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
CHAT_PATH = "/chat/completions"
UNKNOWN = 404
REDIRECTS, PERMANENT, MAX_REDIRECTS = {301, 302, 307, 308}, {301, 308}, 3
MODELS_SECONDS = 5.0
RETRY_WITHIN_SECONDS = 0.5
#: A server that is loading the model is asked once more, if it is likely to be ready soon.
LOADING_SECONDS = 2.0
#: Models of which it is known what the server refuses.
MAX_REMEMBERED = 1000
#: The errors of reading JSON of the wrong shape.
MALFORMED = (ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError)
#: Servers by their header: what they are known to do when they continue an answer.
LLAMA_CPP, DEMO = "llama.cpp", "chatapp-demo"
#: How a partial answer is continued: `prefill`: it is the last message; `words`: the model is asked to.
Continuation = Literal["prefill", "words"]
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
        proxy: Proxy | None = None,
        address: str = "OPENAI_BASE_URL",
        missing_key: str = "",
        continuation: Continuation | None = None,
        rename: Mapping[str, str] | None = None,
    ) -> None:
        """`address`: the name of the base URL's setting; `missing_key`: the variable that should hold the key.

        `proxy`: None: that of the environment; `continuation`: None: by what the server is; `rename`: its names of
        options. Raises SettingsError.
        """
        self.name = name
        self.identity = f"{name} {base_url}"
        self._key = api_key
        self._address = address
        self._proxy = proxy or proxies.of_environment(base_url or OPENAI_URL)
        problem = self._proxy and self._proxy.problem()
        self._problem = upstream_errors.no_key(missing_key) if missing_key else problem
        self._continuation = continuation
        self._rename = dict(rename or {})
        #: What the server is, and what it calls its models: known once it has listed them.
        self._owners: frozenset[str] = frozenset()
        self._models: ModelNames | None = None
        #: What the server refuses, by model.
        self._refused: dict[str, set[str]] = {}
        self._pool = pool
        self._http = PooledClient(name, pool, self._proxy.url if self._proxy and not problem else None)
        #: Where questions are sent to, relative to the base URL.
        self._chat_url = CHAT_PATH
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
        self._check_setup()
        body = b""
        try:
            body = self._client.models.with_raw_response.list(
                timeout=httpx2.Timeout(MODELS_SECONDS, pool=self._pool.wait_seconds)
            ).content
            listed = model_list.read(body)
        except openai.OpenAIError as error:
            raise self._translate(error) from error
        except ValueError as error:
            raise upstream_errors.not_compatible(self._request_info(), body) from error
        self._owners |= listed.owners
        self._models = ModelNames(for_chat(listed.ids))
        return [ModelInfo(name, name, self.name) for name in self._models.names]

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        self._check_setup()
        answer, joint = AnswerReader(prompt.model), Joint(prompt.partial)
        chunks = split_thoughts(self._read(prompt, answer, joint), prompt.partial)
        return written(chunks, joint, lambda has_thought: nothing_written(answer, has_thought=has_thought))

    def close(self) -> None:
        """Close the idle connections."""
        self._http.close_idle()

    def _read(self, prompt: Prompt, answer: AnswerReader, joint: Joint) -> Generator[Chunk]:
        """Yield the answer as it comes, with thoughts in its text."""
        try:
            response, notices, joint.is_exact = self._open(prompt)
            with closing(response):
                yield from notices
                yield from self._read_body(response.iter_bytes(), answer)
        except openai.OpenAIError as error:
            raise self._translate(error) from error
        except httpx2.HTTPError as error:
            # Without a last chunk, for instance, or closed while what follows the answer was read.
            if not answer.is_finished:
                raise upstream_errors.connection_lost() from error

    def _read_body(self, body: Iterator[bytes], answer: AnswerReader) -> Generator[Chunk]:
        events, is_done = EventReader(), False
        try:
            for value in events.read(body):
                if text := answer.plain_text(value):
                    yield text
                    continue
                if value is Mark.DONE:
                    is_done = True
                    self._check_end(answer, events, is_done=True)
                    yield Done()  # the body is read to its end, so that the connection can be reused
                    continue
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, dict):
                        yield from answer.read(part)
                if (answer.has_failed or not answer.is_finished) and not is_done:
                    self._check_error(answer, value)
        except MALFORMED as error:
            if not (answer.is_finished or is_done):
                raise upstream_errors.malformed(error) from error
        if not is_done:
            self._check_end(answer, events, is_done=False)

    def _check_error(self, answer: AnswerReader, value: Any) -> None:
        """Raise ProviderError for an object that tells of one."""
        error = answer.error or (value if error_reader.is_error(value) else None)
        if error is not None:
            raise upstream_errors.translate(error_reader.read(error), self._request_info())

    def _check_end(self, answer: AnswerReader, events: EventReader, *, is_done: bool) -> None:
        """Raise ProviderError unless a whole answer has come."""
        if answer.has_failed:
            raise upstream_errors.ended_with_error(answer.reason)
        if not (answer.is_finished or answer.is_whole or is_done):
            if answer.is_understood or events.is_cut:
                raise upstream_errors.connection_lost()
            raise upstream_errors.not_compatible(self._request_info(), events.words)

    def _translate(self, error: openai.OpenAIError) -> ProviderError:
        if isinstance(error.__cause__, httpx2.PoolTimeout):
            metrics.upstream_waits_timed_out.labels(self.name).inc()
            return upstream_errors.no_connection(self._pool.connections, self._pool.wait_seconds)
        return upstream_errors.from_sdk(error, self._request_info())

    def _request_info(self) -> upstream_errors.Request:
        return upstream_errors.Request(self._key, self._address, self._proxy.setting if self._proxy else "")

    def _check_setup(self) -> None:
        """Raise ProviderError for what the operator has to set first."""
        if self._problem:
            raise self._problem

    def _open(self, prompt: Prompt) -> tuple[Any, list[Notice], bool]:
        """Request the answer, if necessary again without what the server refuses by name.

        Returns the response, what a person should know of it, and whether it goes on exactly after a partial answer.
        """
        refused = self._refused.get(prompt.model, set())
        has_waited = False
        url, redirects = self._chat_url, 0
        while True:
            wanted = self._body(prompt, can_prefill=concessions.PREFILL not in refused)
            body = concessions.apply(refused, wanted)
            try:
                response = self._connect(prompt, url, body)
            except openai.APIStatusError as error:
                if error.status_code in REDIRECTS and redirects < MAX_REDIRECTS:
                    url, redirects = self._redirected(error.response), redirects + 1
                    continue
                if error.status_code == UNKNOWN and self._models is None:
                    with contextlib.suppress(ProviderError):
                        self.models()
                    if self.own_id(prompt.model) != body["model"]:
                        continue
                told = upstream_errors.read_response(error)
                if error_rules.is_loading(told) and not has_waited and (told.retry_after or 0) <= LOADING_SECONDS:
                    has_waited = True
                    concurrency.sleep(told.retry_after or LOADING_SECONDS)
                    continue
                refusal = concessions.find(told, body)
                if refusal is None or not concessions.can_add(refusal, refused):
                    raise
                log.warning("%s refuses %s for %s, and is asked without it", self.name, refusal, prompt.model)
                refused = {*refused, refusal}
                continue
            server = response.headers.get("server")
            self._remember(prompt.model, refused)
            if server == LLAMA_CPP:
                self._owners |= {dialects.LLAMA_CPP}
            is_exact = server == DEMO or body["messages"][-1]["role"] == "assistant"
            return response, list(concessions.notices(refused, wanted)), is_exact

    def _remember(self, model: str, refused: set[str]) -> None:
        """Remember what the server refuses of a model. Anybody may name models: they are not remembered without end."""
        if refused:
            if len(self._refused) >= MAX_REMEMBERED:
                self._refused.clear()
            self._refused[model] = refused

    def _redirected(self, response: httpx2.Response) -> str:
        """Return where the server sends a question on to. Raises ProviderError for another host.

        httpx2 would ask with GET, without the question. What a person wrote, and the key, are for the host that the
        operator has named.
        """
        place = response.url.join(response.headers.get("Location", ""))
        if place.host != response.url.host or place.scheme not in {response.url.scheme, "https"}:
            raise upstream_errors.sent_elsewhere(str(place).partition(CHAT_PATH)[0], self._request_info())
        if response.status_code in PERMANENT:
            self._chat_url = str(place)
            log.warning(
                "%s has moved: %s should be %s", self.name, self._address, self._chat_url.partition(CHAT_PATH)[0]
            )
        return str(place)

    def own_id(self, model: str) -> str:
        """Return the server's own name of a model, as far as it has been listed."""
        return self._models.own_id(model) if self._models else model

    def _body(self, prompt: Prompt, *, can_prefill: bool) -> dict[str, Any]:
        names = dialects.renamed(self._owners, self._rename)
        options = {names.get(key, key): value for key, value in prompt.options.items() if value is not None}
        messages = prompt.messages
        if prompt.partial:
            kind = self._continuation or ("prefill" if dialects.LLAMA_CPP in self._owners else "words")
            ask = asked_by_prefill if kind == "prefill" and can_prefill else asked_in_words
            messages = ask(messages, prompt.partial)
        counts = {"stream_options": {"include_usage": True}}
        return {"model": self.own_id(prompt.model), "messages": messages, "stream": True, **options, **counts}

    def _connect(self, prompt: Prompt, url: str, body: dict[str, Any]) -> Any:
        requested_at = time.monotonic()
        try:
            return self._request(prompt, url, body)
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError as error:
            # Probably a kept connection that the server has closed meanwhile: retry once, at once.
            if was_unread(error) or time.monotonic() - requested_at < RETRY_WITHIN_SECONDS:
                return self._request(prompt, url, body)
            raise

    def _request(self, prompt: Prompt, url: str, body: dict[str, Any]) -> Any:
        # As `chat.completions.create` does, but that looks at every message, for 0.2 ms each.
        return self._client.post(
            url,
            cast_to=openai.types.chat.ChatCompletion,
            content=in_thread_if_large(prompt, lambda: orjson.dumps(body)),
            options={
                "headers": {RAW_RESPONSE: "stream"},
                "security": {"bearer_auth": True},
                "follow_redirects": False,
            },
            stream=True,
            stream_cls=openai.Stream[Any],
        )
