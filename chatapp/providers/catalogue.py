"""Which models there are, and which one answers when none is named."""

import logging
import time

from chatapp import concurrency
from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Provider

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0
FAILED_SECONDS = 5.0
WAIT_SECONDS = 6.0
PREFERRED = ("gpt-5-mini", "gpt-5", "gpt-4o-mini")


class Catalogue:
    """The models of a provider, asked for beside the work and at most once a minute.

    Only who needs a list before there is any waits for the provider.
    """

    def __init__(self, provider: Provider, default: str) -> None:
        self.provider = provider
        self._default = default
        self._models: list[ModelInfo] = []
        self._ask_again_at = 0.0
        self._asked = concurrency.Event()
        self._task: concurrency.Task | None = None

    def models(self) -> list[ModelInfo]:
        """Return the models, as last listed."""
        self._refresh()
        if not self._models:
            self._asked.wait(WAIT_SECONDS)
        known = self._models
        if self._default and all(model.id != self._default for model in known):
            known = [ModelInfo(self._default, self._default, self.provider.name), *known]
        return known

    def default(self) -> str:
        """Return the id of the default model, without waiting; empty while it is not known."""
        if self._default:
            return self._default
        self._refresh()
        names = [model.id for model in self._models]
        return next((name for name in PREFERRED if name in names), names[0] if names else "")

    def awaited_default(self) -> str:
        """Return the id of the default model; empty when none is set and none can be listed."""
        return self.default() or (self.models() and self.default()) or ""

    def _refresh(self) -> None:
        if time.monotonic() < self._ask_again_at:
            return
        if self._task:
            self._task.kill()  # a listing that hangs
        self._ask_again_at = time.monotonic() + FRESH_SECONDS
        self._asked = concurrency.Event()
        self._task = concurrency.spawn(self._ask)

    def _ask(self) -> None:
        try:
            self._models = self.provider.models()
        except ProviderError as error:
            log.warning("The models of %s cannot be listed: %s", self.provider.name, error.message)
            self._ask_again_at = time.monotonic() + FAILED_SECONDS
        finally:
            self._asked.set()
