"""The bounds of a server: what is set, what a public one has by itself, and what it cannot do without."""

import pytest

from chatapp import config
from chatapp.bounds import PUBLIC_ANSWERS, PUBLIC_QUESTIONS, PUBLIC_SESSIONS_PER_HOUR, ScopeBounds
from chatapp.config import Settings
from chatapp.errors import SettingsError


def settings(**fields):
    return Settings(_env_file=None, **fields)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("all=100", {"all": 100}),
        ("session=1 address=2 model=3 all=4", {"session": 1, "address": 2, "model": 3, "all": 4}),
        ("session=0.5, all=10", {"session": 0.5, "all": 10}),
        ("all=0", {"all": 0}),
    ],
)
def test_bounds_are_written_by_scope(text, bounds):
    assert settings(money_per_day=text).money_per_day == ScopeBounds(**bounds)


@pytest.mark.parametrize(
    "text", ["100", "all", "all=", "all=many", "all=-1", "all=nan", "all=inf", "everybody=1", "all=1 all=2"]
)
def test_wrong_bounds_stop_the_start_by_their_name(monkeypatch, text):
    monkeypatch.setenv("CHATAPP_TOKENS_PER_DAY", text)
    with pytest.raises(SettingsError, match="CHATAPP_TOKENS_PER_DAY: "):
        config.load()


@pytest.mark.parametrize("name", ["ANSWERS_AT_ONCE", "QUESTIONS_PER_MINUTE"])
def test_the_bound_of_a_session_that_has_a_name_of_its_own_is_set_by_it(monkeypatch, name):
    monkeypatch.setenv(f"CHATAPP_{name}", "session=5")
    with pytest.raises(SettingsError, match="is the bound of a session"):
        config.load()


def test_a_private_server_bounds_sessions_only():
    private = settings()
    assert private.answer_bounds == ScopeBounds(session=20)
    assert private.question_bounds == ScopeBounds(session=600)
    assert not private.token_bounds
    assert not private.money_bounds
    assert private.new_sessions_per_hour == 0


def test_a_public_server_has_bounds_by_itself():
    public = settings(public=True, tokens_per_day="all=1000")
    assert public.answer_bounds == PUBLIC_ANSWERS
    assert public.question_bounds == PUBLIC_QUESTIONS
    assert public.token_bounds == ScopeBounds(session=100, address=200, all=1000)
    assert not public.money_bounds
    assert public.new_sessions_per_hour == PUBLIC_SESSIONS_PER_HOUR
    assert public.limits()["generations"] == PUBLIC_ANSWERS.session


def test_what_is_set_stands_before_what_a_public_server_has():
    public = settings(
        public=True,
        generations_per_owner=2,
        messages_per_minute=0,
        answers_at_once="all=7 address=0",
        money_per_day="all=10 session=9",
        sessions_per_hour=0,
    )
    assert public.answer_bounds == ScopeBounds(session=2, address=0, all=7)
    assert public.question_bounds == ScopeBounds(session=0, address=PUBLIC_QUESTIONS.address, all=PUBLIC_QUESTIONS.all)
    assert public.money_bounds == ScopeBounds(session=9, address=2, all=10)
    assert public.new_sessions_per_hour == 0


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"CHATAPP_PUBLIC": "1"}, "CHATAPP_TOKENS_PER_DAY"),
        ({"CHATAPP_PUBLIC": "1", "CHATAPP_TOKENS_PER_DAY": "session=10"}, "CHATAPP_TOKENS_PER_DAY"),
        (
            {"CHATAPP_PUBLIC": "1", "CHATAPP_TOKENS_PER_DAY": "all=10", "OPENAI_API_KEY": "sk-0123456789"},
            "CHATAPP_MODEL",
        ),
        ({"CHATAPP_MONEY_PER_DAY": "all=10"}, "needs the prices of the models"),
    ],
)
def test_what_would_leave_a_server_without_a_bound_stops_its_start(monkeypatch, tmp_path, env, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATAPP_CONFIG", "off")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        config.load()


def test_a_public_demo_needs_a_bound_and_nothing_else(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHATAPP_CONFIG", "off")
    monkeypatch.setenv("CHATAPP_PUBLIC", "1")
    monkeypatch.setenv("CHATAPP_TOKENS_PER_DAY", "all=10")
    assert config.load().public
