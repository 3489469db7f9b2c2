"""The words of exported files, in both languages."""

from chatapp import languages
from chatapp.exchange.words import Words, words_in


def _words(language: str) -> Words:
    catalogue = languages.read(language)
    return words_in(lambda key: str(catalogue[key].string), lambda error: error["message"])


ENGLISH, KOREAN = _words("en"), _words("ko")
