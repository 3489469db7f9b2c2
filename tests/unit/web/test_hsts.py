"""Which hosts browsers are told to reach by HTTPS only."""

import pytest

from chatapp.config import Settings
from chatapp.web import hsts


@pytest.mark.parametrize(
    ("origins", "host", "is_sent"),
    [
        ("https://chat.example.com", "chat.example.com", True),
        ("https://chat.example.com", "CHAT.example.com", True),
        ("https://chat.example.com:8443", "chat.example.com:8443", True),
        ("https://chat.example.com:8443", "chat.example.com", False),
        ("https://chat.example.com,http://localhost:8000", "chat.example.com", True),
        ("https://chat.example.com,http://localhost:8000", "localhost:8000", False),
        ("http://chat.example.com", "chat.example.com", False),
        ("https://chat.example.com,http://chat.example.com:8000", "chat.example.com", False),
        ("https://[2001:db8::1]:8443,http://[2001:db8::1]", "[2001:db8::1]:8443", False),
        ("", "127.0.0.1:8000", False),
    ],
)
def test_only_hosts_of_https_origins(origins, host, is_sent):
    assert (hsts.header(Settings(origins=origins), host) is not None) == is_sent


def test_zero_seconds_make_browsers_forget():
    settings = Settings(origins="https://chat.example.com", hsts_seconds=0)
    assert hsts.header(settings, "chat.example.com") == "max-age=0"
