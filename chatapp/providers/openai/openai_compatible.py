"""The provider for OpenAI's Chat Completions API: OpenAI, Azure, Ollama, LM Studio, llama.cpp, vLLM, OpenRouter.

The SDK opens the stream (authentication, base URL, typed errors). Its body is parsed here, because the SDK's typed
object per token takes more than half of a simple server's CPU time.
"""

import contextlib
import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

import httpx2
import openai

from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, ModelInfo, Notice, Prompt
from chatapp.providers.continuation import Way
from chatapp.providers.joint import Joint, written
from chatapp.providers.openai import (
    answer_body,
    chunked_body,
    concessions,
    error_rules,
    model_list,
    proxies,
    upstream_errors,
)
from chatapp.providers.openai.answer_reader import AnswerReader
from chatapp.providers.openai.chat_endpoint import ChatEndpoint
from chatapp.providers.openai.connections import PooledClient, PoolSettings
from chatapp.providers.openai.dialects import DEMO, Dialect
from chatapp.providers.openai.proxies import Proxy
from chatapp.providers.openai.upstream_errors import nothing_written
from chatapp.providers.thoughts import split_thoughts
from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
UNKNOWN = 404
MODELS_SECONDS = 5.0
#: A server that is loading the model is asked once more, if it is likely to be ready soon.
LOADING_SECONDS = 2.0


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
        continuation: Way | None = None,
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
        self._dialect = Dialect(continuation, rename)
        self._pool, self._connect_timeout = pool, connect_timeout
        self._http = PooledClient(name, pool, self._proxy.url if self._proxy and not problem else None)
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
        self._endpoint = ChatEndpoint(name, self._client, address)

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
        names = self._dialect.learn_models(listed)
        return [
            ModelInfo(name, name, self.name, description=listed.descriptions.get(names.own_id(name), ""))
            for name in names.names
        ]

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        self._check_setup()
        answer, joint = AnswerReader(prompt.model), Joint(prompt.partial)
        chunks = split_thoughts(self._read(prompt, answer, joint), prompt.partial)
        return written(chunks, joint, lambda has_thought: nothing_written(answer, has_thought=has_thought))

    def expect_prompt(self) -> None:
        if not self._problem:
            self._http.open_ahead(self._client.base_url, self._connect_timeout)

    def close(self) -> None:
        """Close the idle connections."""
        self._http.close_idle()

    def _read(self, prompt: Prompt, answer: AnswerReader, joint: Joint) -> Generator[Chunk]:
        """Yield the answer as it comes, with thoughts in its text."""
        try:
            response, notices, joint.is_exact = self._open(prompt)
            with closing(response):
                yield from notices
                yield from answer_body.read(chunked_body.read(response.http_response), answer, self._request_info())
        except openai.OpenAIError as error:
            raise self._translate(error) from error
        except httpx2.HTTPError as error:
            # Without a last chunk, for instance, or closed while what follows the answer was read.
            if not answer.is_finished:
                raise upstream_errors.connection_lost() from error

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

    def own_id(self, model: str) -> str:
        """Return the server's own name of a model, as far as it has been listed."""
        return self._dialect.own_id(model)

    def _open(self, prompt: Prompt) -> tuple[Any, list[Notice], bool]:
        """Request the answer, if necessary again without what the server refuses by name.

        Returns the response, what a person should know of it, and whether it goes on exactly after a partial answer.
        """
        refused = self._dialect.refused(prompt.model)
        has_waited = False
        while True:
            wanted = self._dialect.body(prompt, refused)
            body = concessions.apply(refused, wanted)
            try:
                response = self._endpoint.ask(prompt, body)
            except openai.APIStatusError as error:
                if error.status_code == UNKNOWN and self._dialect.models is None:
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
            self._dialect.learn_server(server)
            self._dialect.remember(prompt.model, refused)
            is_exact = server == DEMO or body["messages"][-1]["role"] == "assistant"
            return response, list(concessions.notices(refused, wanted)), is_exact
