"""The models of one provider, listed in the background and at most once a minute."""

import logging
import time

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Provider
from chatapp.providers.disclosure import disclose
from chatapp.server import concurrency

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0
FAILED_SECONDS = 5.0
#: The codes with which a provider is unusable; with others it merely does not list its models.
DOWN = {"provider_unavailable", "provider_timeout", "provider_auth"}


class ModelListing:
    """The last list of a provider's models. `problem`: why the provider is unusable; None if it is not, or unknown."""

    def __init__(self, provider: Provider, *, shows_words: bool = False) -> None:
        """`shows_words`: `problem` has the provider's own words."""
        self.provider = provider
        self._shows_words = shows_words
        self.models: list[ModelInfo] = []
        self.problem: ProviderError | None = None
        self.has_result = concurrency.Event()
        #: The last error, and its message before the provider's words were taken out: it is logged once.
        self._error: ProviderError | None = None
        self._error_message = ""
        self._expires_at = 0.0
        self._task: concurrency.Task | None = None

    def refresh(self) -> None:
        """Request the models in the background, if the last list has expired."""
        if time.monotonic() < self._expires_at:
            return
        self._expires_at = time.monotonic() + FRESH_SECONDS
        if self._task:
            self._task.cancel()  # a request that hangs
        self.has_result = concurrency.Event()
        self._task = concurrency.spawn(self._request, self.has_result)

    def invalidate(self) -> None:
        """Let the next `refresh` request the models, since an answer has failed."""
        if self.has_result.is_set():
            self._expires_at = 0.0

    def _request(self, has_result: concurrency.Event) -> None:
        try:
            self.models = self.provider.models()
            self.problem, self._error_message = None, ""
        except ProviderError as error:
            self._expires_at = time.monotonic() + FAILED_SECONDS
            if error.message != self._error_message:
                self._error, self._error_message = self._log(error), error.message
            self.problem = self._error if error.code in DOWN else None
        finally:
            has_result.set()

    def _log(self, error: ProviderError) -> ProviderError:
        """Log why the models cannot be listed. Returns the error that users get."""
        event = f"The models of {self.provider.name} cannot be listed"
        if not error.provider_message:
            log.warning("%s: %s", event, error.message)
        return disclose(error, event, shows_words=self._shows_words)
