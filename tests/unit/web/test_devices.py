"""What a device is called: browser and system, no more."""

import pytest
from flask import Flask

from chatapp.chat.sessions import Device
from chatapp.web import devices, i18n

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
NAMES = [
    (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"),
    (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
    (
        f"Mozilla/5.0 (Linux; Android 14; SM-S921N) {WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0",
        "Samsung Internet on Android",
    ),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/130.0 Whale/4.28 Safari/537.36", "Whale on Windows"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0", "Firefox on Windows"),
    (
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} Version/18.0 Mobile/15E148 Safari/604.1",
        "Safari on iPhone",
    ),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) {WEBKIT} CriOS/140.0 Mobile/15E148", "Chrome on iPhone"),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/18.0 Safari/605.1.15", "Safari on macOS"),
    ("chatapp-terminal (Linux)", "Terminal on Linux"),
    ("chatapp-terminal (Darwin)", "Terminal"),
    ("python-requests/2.34", "Python"),
    ("something else", ""),
    ("", ""),
    ("x" * 100_000, ""),
]


@pytest.fixture
def app():
    app = Flask("test")
    i18n.install(app)
    return app


@pytest.mark.parametrize(("header", "name"), NAMES)
def test_a_device_is_named_by_its_browser_and_its_system(app, header, name):
    with app.test_request_context():
        assert devices.name_of(devices.device_of(header)) == name


def test_a_device_is_named_in_the_language_of_the_request(app):
    with app.test_request_context(headers={"Accept-Language": "ko"}):
        assert devices.name_of(Device("terminal", "Linux")) == "터미널 (Linux)"


def test_a_header_that_looks_like_a_text_with_places_is_shown_as_it_is(app):
    with app.test_request_context():
        assert devices.name_of(Device("{system}", "{browser}")) == "{system} on {browser}"
