"""Reloads of gunicorn's master: complete, or without effect."""

import resource
import runpy
from types import SimpleNamespace

import pytest

from support.processes import ROOT

GUARDED = {"CHATAPP_PASSWORD": "correct horse", "CHATAPP_ORIGINS": "http://192.0.2.7:8000"}
ELSEWHERE = ("192.0.2.7", 8000)


class FakeSocket:
    def __init__(self, name):
        self.name = name

    def getsockname(self):
        return self.name


@pytest.fixture
def reloadable(monkeypatch, tmp_path):
    """Return a function that makes a master with a password, which listens at an address, and the list of its reloads.

    No socket is bound: only the address matters.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CHATAPP_INSTANCE", str(tmp_path / "instance"))
    for name, value in GUARDED.items():
        monkeypatch.setenv(name, value)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def make(address):
        reloads = []
        listeners = [SimpleNamespace(sock=FakeSocket(address))]
        master = SimpleNamespace(
            LISTENERS=listeners, reload=lambda: reloads.append("reloaded"), spawn_worker=lambda: None
        )
        runpy.run_path(str(ROOT / "gunicorn.conf.py"))["when_ready"](master)
        return master, reloads

    yield make
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_reload_with_good_settings_reloads(reloadable):
    master, reloads = reloadable(ELSEWHERE)
    master.reload()
    assert reloads == ["reloaded"]


def test_a_reload_that_would_open_a_public_address_without_a_password_is_refused(reloadable, monkeypatch, caplog):
    master, reloads = reloadable(ELSEWHERE)
    monkeypatch.delenv("CHATAPP_PASSWORD")
    master.reload()
    assert reloads == []
    assert "Not reloaded" in caplog.text
    assert "CHATAPP_PASSWORD" in caplog.text


def test_a_reload_that_would_forget_the_names_of_a_public_address_is_refused(reloadable, monkeypatch, caplog):
    master, reloads = reloadable(ELSEWHERE)
    monkeypatch.delenv("CHATAPP_ORIGINS")
    master.reload()
    assert reloads == []
    assert "CHATAPP_ORIGINS" in caplog.text


def test_a_reload_may_remove_the_password_of_a_loopback_address(reloadable, monkeypatch):
    master, reloads = reloadable(("127.0.0.1", 8000))
    monkeypatch.delenv("CHATAPP_PASSWORD")
    master.reload()
    assert reloads == ["reloaded"]


def test_a_server_on_a_public_address_without_a_password_does_not_start(reloadable, monkeypatch):
    monkeypatch.delenv("CHATAPP_PASSWORD")
    with pytest.raises(RuntimeError, match="CHATAPP_PUBLIC"):
        reloadable(ELSEWHERE)


def test_a_wrong_setting_is_named_and_changes_nothing(reloadable, monkeypatch, caplog):
    master, reloads = reloadable(ELSEWHERE)
    monkeypatch.setenv("CHATAPP_FLUSH_MS", "abc")
    master.reload()
    assert reloads == []
    assert "CHATAPP_FLUSH_MS" in caplog.text
