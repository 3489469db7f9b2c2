"""The models of one provider, asked for beside the work and at most once a minute."""

import logging
import time

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Provider
from chatapp.server import concurrency

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0
FAILED_SECONDS = 5.0
#: What says that a provider cannot be used now; other errors only say that it does not list its models.
DOWN = {"provider_unavailable", "provider_timeout", "provider_auth"}


class ModelListing:
    """What a provider lists, and what is wrong with it (`problem`, None while nothing is known to be)."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.models: list[ModelInfo] = []
        self.problem: ProviderError | None = None
        self.was_asked = concurrency.Event()
        self._said = ""
        self._ask_again_at = 0.0
        self._task: concurrency.Task | None = None

    def refresh(self) -> None:
        """Ask again in the background, where the last answer is old."""
        if time.monotonic() < self._ask_again_at:
            return
        self._ask_again_at = time.monotonic() + FRESH_SECONDS
        if self._task:
            self._task.cancel()  # a listing that hangs
        self.was_asked = concurrency.Event()
        self._task = concurrency.spawn(self._ask, self.was_asked)

    def doubt(self) -> None:
        """Ask again the next time that somebody looks: an answer has failed."""
        if self.was_asked.is_set():
            self._ask_again_at = 0.0

    def _ask(self, was_asked: concurrency.Event) -> None:
        try:
            self.models = self.provider.models()
            self.problem, self._said = None, ""
        except ProviderError as error:
            self._ask_again_at = time.monotonic() + FAILED_SECONDS
            if error.message != self._said:
                log.warning("The models of %s cannot be listed: %s", self.provider.name, error.message)
            self.problem, self._said = error if error.code in DOWN else None, error.message
        finally:
            was_asked.set()
