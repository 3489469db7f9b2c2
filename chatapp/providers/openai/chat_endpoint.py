"""Where questions are sent to: the SDK opens the response, whose body is left to be read."""

import logging
import time
from typing import Any

import httpx2
import openai
import orjson

from chatapp.providers.base import Prompt
from chatapp.providers.large_prompts import in_thread_if_large
from chatapp.providers.openai import upstream_errors
from chatapp.providers.openai.network import was_unread

log = logging.getLogger(__name__)

CHAT_PATH = "/chat/completions"
REDIRECTS, PERMANENT, MAX_REDIRECTS = {301, 302, 307, 308}, {301, 308}, 3
RETRY_WITHIN_SECONDS = 0.5
#: The header by which the SDK hands over an open response, as its `with_streaming_response` does.
RAW_RESPONSE = "X-Stainless-Raw-Response"


class ChatEndpoint:
    """The address of one server's chat completions. `name`: of the provider; `address`: of the setting of its URL."""

    def __init__(self, name: str, client: openai.OpenAI, address: str) -> None:
        self._name, self._client, self._address = name, client, address
        self._url = CHAT_PATH  # relative to the base URL, until the server has moved

    def ask(self, prompt: Prompt, body: dict[str, Any]) -> Any:
        """Send a question. Returns the open response. Raises OpenAIError, ProviderError."""
        url, redirects = self._url, 0
        while True:
            try:
                return self._connect(prompt, url, body)
            except openai.APIStatusError as error:
                if error.status_code not in REDIRECTS or redirects == MAX_REDIRECTS:
                    raise
                url, redirects = self._redirected(error.response), redirects + 1

    def _redirected(self, response: httpx2.Response) -> str:
        """Return where the server sends a question on to. Raises ProviderError for another host.

        httpx2 would ask with GET, without the question. What a person wrote, and the key, are for the host that the
        operator has named.
        """
        place = response.url.join(response.headers.get("Location", ""))
        if place.host != response.url.host or place.scheme not in {response.url.scheme, "https"}:
            raise upstream_errors.sent_elsewhere(_base_of(place), self._address)
        if response.status_code in PERMANENT:
            self._url = str(place)
            log.warning("%s has moved: %s should be %s", self._name, self._address, _base_of(place))
        return str(place)

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


def _base_of(url: httpx2.URL) -> str:
    return str(url).partition(CHAT_PATH)[0]
