"""The catalogues hold every text of the code in every language; responses are in the reader's language."""

import re

import pytest
from babel.messages.catalog import Message
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from chatapp.errors import Busy, ChatError, Invalid, ProviderError
from chatapp.transfer.json_reader import JsonReader
from chatapp.web import error_responses, i18n
from chatapp.web.former_sentences import FORMER_SENTENCES
from scripts import translations
from scripts.translations import UsedMessage, is_empty, key_of

CATALOGUES = {language: list(i18n.read(language))[1:] for language in i18n.LANGUAGES}
PLACE = re.compile(r"\{\w+\}")
HANGUL = re.compile(r"[가-힣]")
#: Korean particles that depend on the last sound of the word before, which is unknown for a value.
PARTICLE = re.compile(r"\}[’”'\"]?(을|를|이|가|은|는|과|와|으로|로|아|야|이나|나|이라|라)(?![가-힣])")
#: Latin words of Korean texts: names, keys and units, terms that Korean writers leave as they are, and quoted code.
ALIKE = set(
    re.findall(
        r"\S+",
        """
    ChatGPT OpenAI Python SSL_CERT_FILE NO_PROXY CHATAPP_ORIGINS CHATAPP_MODEL CHATAPP_METRICS_TOKEN
    OPENAI_BASE_URL Enter Shift Esc English MiB Top P API HTTP JSON CSV QR SVG Claude Markdown Origin SOCKS TLS UTF
    WebSocket POST
    chatapp ms human true false docs serving ko md bearer presence frequency api session http https chat example
    com v1 n json conversations mapping ollama llama3 user assistant tool system complete zip
    """,
    )
)
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: The page's own words for the language that is not shown are in that language.
SWITCHES = {"languageUseEnglish", "languageUseKorean"}


def used_message(message: Message) -> UsedMessage:
    return UsedMessage(key_of(message), message.context)


def forms(message: Message) -> list[str]:
    """Return the texts of a message: one, or one for each kind of number."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_text_of_the_code_is_in_the_catalogue(language):
    missing = translations.used_messages() - {used_message(message) for message in CATALOGUES[language]}
    assert not missing, "make translations adds them"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_catalogue_has_no_unused_text(language):
    unused = translations.unused_messages({used_message(message) for message in CATALOGUES[language]})
    assert not unused, "make translations takes them out"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_text_has_a_translation(language):
    assert [key_of(message) for message in CATALOGUES[language] if is_empty(message, language)] == []


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_text_is_twice_in_a_catalogue(language):
    path = i18n.FOLDER / language / "LC_MESSAGES" / "messages.po"
    entries = path.read_text().split("\n\n")[1:]
    ids = [re.sub(r"^(#.*|msgstr.*|msgid_plural.*)\n?", "", entry.strip(), flags=re.MULTILINE) for entry in entries]
    assert sorted(set(ids)) == sorted(ids)


def test_both_catalogues_have_the_same_texts_in_the_same_order():
    english, korean = ([used_message(message) for message in CATALOGUES[language]] for language in ("en", "ko"))
    assert english == korean


def test_both_languages_have_the_same_placeholders():
    english = {used_message(message): forms(message) for message in CATALOGUES["en"]}
    for message in CATALOGUES["ko"]:
        key = used_message(message)
        wanted = {frozenset(PLACE.findall(text or key.id)) for text in english[key]}
        assert {frozenset(PLACE.findall(text)) for text in forms(message)} == wanted, key


def test_the_servers_english_sentences_have_no_translation():
    sentences = [message for message in CATALOGUES["en"] if " " in key_of(message)]
    assert len(sentences) > 50
    assert [key_of(message) for message in sentences if any(forms(message))] == []


def test_korean_texts_have_no_english_words():
    texts = {key_of(message): forms(message) for message in CATALOGUES["ko"] if key_of(message) not in SWITCHES}
    words = {key: set(LATIN.findall(PLACE.sub("", " ".join(all_forms)))) - ALIKE for key, all_forms in texts.items()}
    assert {key: left for key, left in words.items() if left} == {}


def test_english_texts_have_no_korean_words():
    texts = {key_of(message): " ".join(forms(message)) for message in CATALOGUES["en"]}
    assert {key for key, text in texts.items() if HANGUL.search(text)} == {"languageKorean", "languageUseKorean"}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_units_are_written_out_or_with_their_symbol(language):
    texts = [text or key_of(message) for message in CATALOGUES[language] for text in forms(message)]
    assert [text for text in texts if re.search(r"tok/s|\btoks?\b|\bsecs?\b|\bchars?\b|\bmsgs?\b", text)] == []


def test_korean_units_follow_their_number_without_a_space():
    texts = [text for message in CATALOGUES["ko"] for text in forms(message)]
    assert [text for text in texts if re.search(r"\{\w+\} (토큰|초|분|자|개|바이트|줄|ms|MiB)(?![가-힣])", text)] == []


def test_sentences_of_earlier_versions_are_shown_as_their_successors(client):
    with client.application.test_request_context(headers={"Accept-Language": "ko"}):
        localize, texts = i18n.error_localizer(), i18n.page_texts()
        for former, successor in FORMER_SENTENCES:
            assert texts[former] == texts[successor] != successor
            assert set(PLACE.findall(texts[successor])) <= set(PLACE.findall(former))
        stored = {
            "code": "provider_timeout",
            "detail": {"text": "The model fell silent for {n} s.", "values": {"n": "3"}},
        }
        assert localize(stored) == "모델의 응답이 도중에 3초 동안 끊겼습니다."


def test_a_setting_in_a_file_is_named_in_the_readers_language(client):
    values = {"address": "providers.home.base_url in chatapp.toml"}
    text = "The model's server knows no such address. {address} usually ends in /v1."
    with client.application.test_request_context(headers={"Accept-Language": "ko"}):
        said = i18n.error_localizer()({"detail": {"text": text, "values": values}})
    assert said == (
        "모델 서버에 그런 주소가 없습니다. chatapp.toml의 providers.home.base_url 설정은 보통 /v1로 끝납니다."
    )


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (b"{x", "1번째 줄, 2번째 글자: 따옴표로 감싼 이름이 필요합니다"),
        (b'{"a": 1, "a": 2}', "1번째 줄, 13번째 글자: 한 객체에 같은 이름이 두 번 나옵니다: “a”"),
        (b"[1 2]", "1번째 줄, 4번째 글자: “,” 기호가 필요합니다"),
        (b"[tru]", "1번째 줄, 2번째 글자: 값이 필요합니다"),
        (b'["a\\x"]', "1번째 줄, 4번째 글자: 문자열에 잘못된 이스케이프 시퀀스가 들어 있습니다"),
        (b'["a\n"]', "1번째 줄, 4번째 글자: 문자열에 제어 문자가 들어 있습니다"),
        (b'["a', "1번째 줄, 2번째 글자: 문자열이 끝나지 않았습니다"),
        (b"[-]", "1번째 줄, 2번째 글자: 값이 필요합니다"),
        (b"[NaN]", "1번째 줄, 2번째 글자: 읽을 수 없는 숫자입니다"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_the_readers_language(client, file, problem):
    with pytest.raises(Invalid) as refused:
        JsonReader(file).read_value()
    with client.application.test_request_context(headers={"Accept-Language": "ko"}):
        assert i18n.localize(refused.value) == f"올바른 JSON 파일이 아닙니다. {problem}"


def test_no_korean_particle_follows_a_placeholder():
    texts = [text for message in CATALOGUES["ko"] for text in forms(message)]
    assert [text for text in texts if PARTICLE.search(text)] == []


@pytest.fixture
def client() -> FlaskClient:
    """A client of an application that has only languages and errors."""
    app = Flask("test")
    i18n.install(app)
    refusals = {
        "busy": Busy("{n} answers are being written already. Wait for one, or stop one.", n=4, retry_after=2),
        "field": Invalid("limit: takes a whole number from 1 to 500"),
    }

    @app.get("/")
    def page() -> str:
        return render_template_string("{{ locale }}: {{ _('newChat') }}")

    @app.get("/refused/<name>")
    def refused(name: str) -> str:
        raise refusals[name]

    app.register_error_handler(ChatError, lambda error: error_responses.problem(error, error.status))
    return app.test_client()


@pytest.mark.parametrize(
    ("accepted", "cookie", "text"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", None, "ko: 새 대화"),
        ("en-GB,en;q=0.9", None, "en: New chat"),
        ("fr,ko;q=0.5,en;q=0.4", None, "ko: 새 대화"),
        ("fr-FR", None, "en: New chat"),
        (None, None, "en: New chat"),
        ("en", "ko", "ko: 새 대화"),
        ("ko", "en", "en: New chat"),
        ("ko", "fr", "ko: 새 대화"),
        ("ko", "../../en", "ko: 새 대화"),
    ],
)
def test_the_language_is_the_chosen_one_or_else_the_browsers(client, accepted, cookie, text):
    if cookie:
        client.set_cookie(i18n.COOKIE, cookie)
    reply = client.get("/", headers={"Accept-Language": accepted} if accepted else {})
    assert reply.text == text
    assert reply.headers["Content-Language"] == text[:2]
    assert {"Accept-Language", "Cookie"} <= set(reply.vary)


def test_an_error_is_in_the_readers_language_with_its_values(client):
    korean = client.get("/refused/busy", headers={"Accept-Language": "ko"})
    assert korean.json["title"] == "너무 바쁨"
    assert korean.json["detail"] == "이미 답변 4개를 작성하고 있습니다. 하나가 끝나기를 기다리거나 중지해 주세요."
    assert korean.json["code"] == "busy"
    assert korean.headers["Retry-After"] == "2"
    english = client.get("/refused/busy")
    assert english.json["detail"] == "4 answers are being written already. Wait for one, or stop one."


def test_a_programmers_error_is_quoted_after_a_translated_sentence(client):
    english = "limit: takes a whole number from 1 to 500"
    assert client.get("/refused/field").json["detail"] == english
    korean = client.get("/refused/field", headers={"Accept-Language": "ko"}).json["detail"]
    assert korean == f"처리하지 못했습니다. ({english})"


def test_the_error_of_an_answer_carries_its_sentence_and_values():
    sentence = "The model's server is not accepting more requests right now."
    error = ProviderError("rate_limited", sentence, provider_message="Slow down.", retry_after=7)
    assert error.payload() == {
        "code": "rate_limited",
        "message": f"{sentence} Provider's message: Slow down.",
        "retry_after": 7,
        "detail": {"text": sentence, "values": {}, "said": "Slow down."},
    }
    hidden = ProviderError("rate_limited", sentence, reference="0a1b2c3d")
    assert hidden.payload() == {
        "code": "rate_limited",
        "message": f"{sentence} The server's log has the details under 0a1b2c3d.",
        "reference": "0a1b2c3d",
        "detail": {"text": sentence, "values": {}},
    }
    theirs = ProviderError("provider_error", "", provider_message="ValueError: {x}")
    assert theirs.payload() == {"code": "provider_error", "message": "ValueError: {x}"}


def test_the_page_gets_the_texts_of_failed_answers_but_not_those_of_refused_requests():
    texts = i18n.page_texts_of(i18n.read("ko"))
    assert texts["The model did not respond for {n} s."] == "모델이 {n}초 동안 응답하지 않았습니다."
    assert texts["imported"] == ["대화 {n}개를 가져왔습니다."]
    assert "There is no such conversation." not in texts
