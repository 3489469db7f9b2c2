"""The words of exported files, in both languages."""

from chatapp.transfer.labels import Words, words_in
from chatapp.web import i18n


def _words(language: str) -> Words:
    catalogue = i18n.read(language)
    return words_in(lambda key: str(catalogue[key].string), lambda error: error["message"])


ENGLISH, KOREAN = _words("en"), _words("ko")
