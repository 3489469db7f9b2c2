"""Internationalisation: the language of a request, and the texts of each language.

The message catalogues are read from the .po files at the start (7 ms for both), so there is no compile step to forget.
"""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, after_this_request, current_app, request
from flask_babel import Babel, Domain, get_locale, get_translations, gettext

from chatapp.errors import NotOffered, Phrase, ProviderError, UserFacingError, fill
from chatapp.web.former_sentences import FORMER_SENTENCES

LANGUAGES = ("en", "ko")  # the first one is the default
COOKIE = "chatapp_language"
FOLDER = Path(__file__).parents[1] / "translations"

#: The message context of answers' errors: they are stored and shown to several readers, so the page translates them.
ANSWER = "answer"

#: A value that names a setting by its place, such as `providers.home.base_url in chatapp.toml`.
SETTING_IN_FILE = re.compile(r"(?P<name>\S+) in (?P<file>\S+\.toml)")

#: The texts of the page's scripts, by key: a text, or its plural forms.
PageTexts = dict[str, str | list[str]]


def install(app: Flask) -> None:
    """Set up Flask-Babel: `_("key")` and `locale` in templates are in the language of the request."""
    app.extensions["catalogues"] = catalogues = _Catalogues()
    Babel(app, default_locale=LANGUAGES[0], locale_selector=_choose_language).domain_instance = catalogues
    app.context_processor(lambda: {"locale": language()})
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # halves the bytes of Korean text


def language() -> str:
    """Return the language of the request: the one that the user has chosen, or else the browser's."""
    return str(get_locale())


def localize(error: UserFacingError) -> str:
    """Return an error's message in the language of the request; a provider's own message is not translated.

    Messages for programmers, such as those about a field of a payload, stay English behind a translated sentence:
    users only see them if the page has a bug.
    """
    if isinstance(error, ProviderError | NotOffered):
        return error_localizer()(error.payload())
    sentence = gettext(error.text)
    if sentence == error.text and language() != LANGUAGES[0]:
        return f"{gettext('failed')} ({error.message})"
    return fill(sentence, {name: _localize_phrase(value) for name, value in error.values.items()})


def _localize_phrase(value: Any) -> Any:
    return fill(gettext(value.text), value.values) if isinstance(value, Phrase) else value


def error_localizer() -> Callable[[dict[str, Any]], str]:
    """Return a function from an answer's stored `error` to its message, in the language of this request.

    The function can be called after the request.
    """
    translations = get_translations()

    def localize_setting(value: Any) -> Any:
        setting = SETTING_IN_FILE.fullmatch(value) if isinstance(value, str) else None
        return fill(translations.gettext("settingInFile"), setting.groupdict()) if setting else value

    def localize_payload(error: dict[str, Any]) -> str:
        detail = error.get("detail")
        if not detail:
            return str(error["message"])
        values = {name: localize_setting(value) for name, value in detail["values"].items()}
        own = fill(translations.pgettext(ANSWER, detail["text"]), values)
        if detail.get("said"):
            return f"{own} {detail['said']}"
        if reference := error.get("reference"):
            return f"{own} {fill(translations.gettext('errorReference'), {'reference': reference})}"
        return own

    return localize_payload


def page_texts() -> PageTexts:
    """Return all texts of the page's scripts, in the language of the request."""
    catalogues: _Catalogues = current_app.extensions["catalogues"]
    return catalogues.page_texts[language()]


def read(name: str) -> Catalog:
    """Read the message catalogue of a language."""
    with (FOLDER / name / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, name, abort_invalid=True)


def page_texts_of(catalogue: Catalog) -> PageTexts:
    """Return a catalogue's texts with a key, and those of answers' errors. The rest is used by the server only."""
    texts: PageTexts = {}
    for message in catalogue:
        if not isinstance(message.id, str):
            texts[message.id[0]] = list(message.string or ())
        elif message.id.isidentifier() or message.context == ANSWER:
            texts[message.id] = str(message.string or message.id)
    return texts


def _add_former_sentences(catalogue: Catalog) -> None:
    for former, successor in FORMER_SENTENCES:
        if message := catalogue.get(successor, ANSWER):
            catalogue.add(former, message.string or successor, context=ANSWER)


class _Catalogues(Domain):  # type: ignore[misc]
    """The catalogues of all languages, in memory, as Flask-Babel's domain."""

    def __init__(self) -> None:
        super().__init__()
        catalogues = {name: read(name) for name in LANGUAGES}
        for catalogue in catalogues.values():
            _add_former_sentences(catalogue)
        self._translations = {name: _translations(catalogue) for name, catalogue in catalogues.items()}
        self.page_texts = {name: page_texts_of(catalogue) for name, catalogue in catalogues.items()}

    def get_translations(self) -> NullTranslations:
        return self._translations[language()]


def _translations(catalogue: Catalog) -> Translations:
    file = io.BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    return Translations(file)


def _choose_language() -> str:
    after_this_request(_declare_language)
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _declare_language(response: Response) -> Response:
    response.headers["Content-Language"] = language()
    response.vary.update(("Accept-Language", "Cookie"))
    return response
