"""What users learn of a provider's own words: nothing but a reference, unless the operator shows them.

Such words are written for the operator, and may name keys, accounts and machines. They go to the log, masked, with the
reference that the user's error has.
"""

import logging
import secrets

from chatapp.errors import ProviderError
from chatapp.providers.masking import mask

log = logging.getLogger(__name__)

LOGGED_CHARACTERS = 1000
SHOWN_CHARACTERS = 2000

#: What users are told where a provider's own words are all that there is, by code; the first one for other codes.
SENTENCES = (
    ProviderError("provider_error", "The model could not answer."),
    ProviderError("provider_auth", "The model's server refused the API key. The operator should check it."),
    ProviderError("model_not_found", "The model was not found."),
    ProviderError("rate_limited", "The model's server is not accepting more requests right now."),
    ProviderError("context_too_long", "The conversation is too long for this model."),
    ProviderError("provider_unavailable", "The model cannot be used right now."),
    ProviderError("provider_timeout", "The model took too long."),
)


def disclose(error: ProviderError, event: str, *, shows_words: bool) -> ProviderError:
    """Log a provider's own words, and return the error that users get. `event`: what failed, for the log."""
    if not error.provider_message:
        return error
    reference = secrets.token_hex(4)
    words = mask(error.provider_message)
    log.warning("%s (%s, reference %s): %s", event, error.code, reference, _one_line(words)[:LOGGED_CHARACTERS])
    return ProviderError(
        error.code,
        error.text if error.text or shows_words else _sentence(error.code),
        provider_message=words[:SHOWN_CHARACTERS] if shows_words else "",
        reference=reference,
        retry_after=error.retry_after,
        **error.values,
    )


def _sentence(code: str) -> str:
    return next((one.text for one in SENTENCES if one.code == code), SENTENCES[0].text)


def _one_line(words: str) -> str:
    """Return words without what ends a line or moves a terminal's cursor."""
    return "".join(character if character.isprintable() else " " for character in words)
