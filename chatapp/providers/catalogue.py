"""Which models there are, and which one answers when none is named."""

import logging
import time

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Provider

log = logging.getLogger(__name__)

FRESH_SECONDS = 60.0
FAILED_SECONDS = 5.0
PREFERRED = ("gpt-5-mini", "gpt-5", "gpt-4o-mini")


class Catalogue:
    """The models of a provider, asked for at most once a minute."""

    def __init__(self, provider: Provider, default: str) -> None:
        self.provider = provider
        self._default = default
        self._models: list[ModelInfo] = []
        self._asked_again_at = 0.0

    def models(self) -> list[ModelInfo]:
        """Return the models; the last known ones while the provider cannot be asked."""
        if time.monotonic() >= self._asked_again_at:
            self._asked_again_at = time.monotonic() + FAILED_SECONDS
            try:
                self._models = self.provider.models()
                self._asked_again_at = time.monotonic() + FRESH_SECONDS
            except ProviderError as error:
                log.warning("The models of %s cannot be listed: %s", self.provider.name, error.message)
        known = self._models
        if self._default and all(model.id != self._default for model in known):
            known = [ModelInfo(self._default, self._default, self.provider.name), *known]
        return known

    def default(self) -> str:
        """Return the id of the default model; empty when none is set and none can be listed."""
        if self._default:
            return self._default
        names = [model.id for model in self.models()]
        return next((name for name in PREFERRED if name in names), names[0] if names else "")
