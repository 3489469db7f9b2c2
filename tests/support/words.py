"""The labels of exported files, in both languages."""

from chatapp.transfer.labels import Labels, make_labels
from chatapp.web import i18n


def _words(language: str) -> Labels:
    catalogue = i18n.read(language)
    return make_labels(lambda key: str(catalogue[key].string), lambda error: error["message"])


ENGLISH, KOREAN = _words("en"), _words("ko")
