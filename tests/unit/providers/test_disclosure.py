"""A provider's own words are for the operator: they are logged, and users get a sentence with a reference."""

import re

import pytest

from chatapp.errors import ProviderError
from chatapp.providers.base import ModelInfo, Prompt
from chatapp.providers.configured_provider import ConfiguredProvider
from chatapp.providers.disclosure import SENTENCES, disclose
from chatapp.providers.model_listing import ModelListing
from support.core import until

WORDS = "Quota of org-AbCdEf123456 at http://10.0.0.5/v1 exceeded"
SAFE = "Quota of … at http://…/v1 exceeded"
OURS = "The model's server refused the request."


class Broken:
    """A provider that fails after a first word, and whose list fails, too."""

    name = identity = "broken"
    lists_all = False

    def __init__(self, error):
        self.error = error

    def models(self):
        raise self.error

    def stream(self, _prompt):
        yield "one"
        raise self.error


def failure_of(error, **configured):
    chunks = ConfiguredProvider(Broken(error), **configured).stream(Prompt("m", []))
    assert next(chunks) == "one"
    with pytest.raises(ProviderError) as failed:
        next(chunks)
    return failed.value


def test_users_get_our_sentence_and_the_log_the_words_under_one_reference(caplog):
    error = failure_of(ProviderError("rate_limited", OURS, provider_message=WORDS, retry_after=7))
    payload = error.payload()
    reference = payload["reference"]
    assert re.fullmatch("[0-9a-f]{8}", reference)
    assert payload == {
        "code": "rate_limited",
        "message": f"{OURS} The server's log has the details under {reference}.",
        "retry_after": 7,
        "reference": reference,
        "detail": {"text": OURS, "values": {}},
    }
    assert caplog.messages == [f"An answer of broken failed (rate_limited, reference {reference}): {SAFE}"]


def test_an_operator_can_show_the_words_masked(caplog):
    payload = failure_of(ProviderError("provider_error", OURS, provider_message=WORDS), shows_words=True).payload()
    assert payload["message"] == f"{OURS} Provider's message: {SAFE}"
    assert payload["detail"]["said"] == SAFE
    assert payload["reference"] in caplog.text


@pytest.mark.parametrize(
    ("code", "sentence"), [*((one.code, one.text) for one in SENTENCES), ("internal", "The model could not answer.")]
)
def test_words_without_a_sentence_get_one_by_their_code(code, sentence):
    """As of a function: its exception is all that there is."""
    hidden = disclose(ProviderError(code, "", provider_message="KeyError: 'bob'"), "It failed", shows_words=False)
    assert (hidden.text, hidden.provider_message) == (sentence, "")
    shown = disclose(ProviderError(code, "", provider_message="KeyError: 'bob'"), "It failed", shows_words=True)
    assert (shown.text, shown.message) == ("", "KeyError: 'bob'")


def test_an_error_without_words_stays_as_it_is(caplog):
    error = ProviderError("provider_timeout", "The model did not respond for {n} s.", n="3")
    assert disclose(error, "It failed", shows_words=False) is error
    assert caplog.messages == []


def test_words_take_one_line_of_the_log(caplog):
    disclose(ProviderError("provider_error", OURS, provider_message="a\nERROR b\x1b[2Jc" * 200), "It", shows_words=True)
    (line,) = caplog.messages
    assert line.isprintable()
    assert len(line) < 1100


def test_the_problem_of_a_provider_that_is_down_is_logged_once_for_all_its_users(caplog):
    listing = ModelListing(Broken(ProviderError("provider_auth", OURS, provider_message=WORDS)))
    references = set()
    for _ in range(3):
        listing._expires_at = 0.0
        listing.refresh()
        until(listing.has_result.is_set)
        references.add(listing.problem.reference)
        assert listing.problem.provider_message == ""
    assert len(references) == 1
    said = [one.message for one in caplog.records if one.name.startswith("chatapp.providers")]
    assert said == [f"The models of broken cannot be listed (provider_auth, reference {references.pop()}): {SAFE}"]
    listing.provider.models = lambda: [ModelInfo("m", "m", "broken")]
    listing._expires_at = 0.0
    listing.refresh()
    until(lambda: listing.problem is None)
