"""Settings: an invalid value is named, with what the setting accepts."""

import pytest

from chatapp import config
from chatapp.errors import SettingsError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # no .env here
    for name in ("HOST", "PORT", "DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in config.Settings.model_fields:
        monkeypatch.delenv(f"CHATAPP_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CHATAPP_FLUSH_MS", "abc", "CHATAPP_FLUSH_MS: "),
        ("PORT", "70000", "PORT: "),
        ("CHATAPP_PASSWORD", "short", "at least 8 characters"),
        ("CHATAPP_PASSWORD", "password1234", "the first that a guesser tries"),
        ("CHATAPP_SECRET_KEY", "short", "at least 16 characters"),
        ("CHATAPP_ORIGINS", "chat.example.com", "https://chat.example.com"),
        ("CHATAPP_ORIGINS", "https://chat.example.com/path", "CHATAPP_ORIGINS: "),
        ("OPENAI_BASE_URL", "localhost:11434", "OPENAI_BASE_URL: "),
        ("CHATAPP_LOG_LEVEL", "LOUD", "CHATAPP_LOG_LEVEL: "),
    ],
)
def test_a_wrong_value_stops_the_start_by_its_name(monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        config.load()
    assert str(caught.value).startswith(name)
    assert words in str(caught.value)


def test_a_wrong_secret_is_not_printed(monkeypatch):
    monkeypatch.setenv("CHATAPP_PASSWORD", "hunter2")
    with pytest.raises(SettingsError) as caught:
        config.load()
    assert "hunter2" not in str(caught.value)


def test_every_wrong_variable_is_named_at_once(monkeypatch):
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("CHATAPP_DRAIN_SECONDS", "-1")
    with pytest.raises(SettingsError) as caught:
        config.load()
    assert {line.split(":")[0] for line in str(caught.value).splitlines()} == {"PORT", "CHATAPP_DRAIN_SECONDS"}


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert config.load().demo


def test_an_api_key_or_a_base_url_turns_the_demo_off(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:11434/v1")
    assert not config.load().demo


def test_the_environment_wins_over_the_file(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("PORT=8101\nCHATAPP_MODEL=from-file\n")
    monkeypatch.setenv("PORT", "8102")
    settings = config.load()
    assert (settings.port, settings.model) == (8102, "from-file")


def test_a_misspelt_variable_is_noticed(monkeypatch):
    monkeypatch.setenv("CHATAPP_PASWORD", "a long password")
    assert config.unknown_variables() == ["CHATAPP_PASWORD"]


def test_settings_cannot_be_changed_later():
    with pytest.raises(ValueError, match="frozen"):
        config.load().port = 1


@pytest.mark.parametrize(
    ("given", "public", "shown"), [("", "0", True), ("", "1", False), ("1", "1", True), ("0", "0", False)]
)
def test_providers_own_messages_are_shown_to_all_but_strangers(monkeypatch, given, public, shown):
    monkeypatch.setenv("CHATAPP_PROVIDER_WORDS", given)
    monkeypatch.setenv("CHATAPP_PUBLIC", public)
    monkeypatch.setenv("CHATAPP_TOKENS_PER_DAY", "all=1000")
    assert config.load().shows_provider_words is shown
