"""Addresses that a server may listen on without a password."""

import pytest

from chatapp.errors import SettingsError
from chatapp.server.exposure import check_exposure, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_password(host):
    assert is_loopback(host)
    check_exposure([host], is_guarded=False, knows_origins=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "chat.example.com", ""])  # noqa: S104
def test_any_other_address_needs_a_password_or_an_explicit_setting(host):
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match=r"CHATAPP_PASSWORD.*CHATAPP_PUBLIC=1"):
        check_exposure(["127.0.0.1", host], is_guarded=False, knows_origins=True)
    check_exposure([host], is_guarded=True, knows_origins=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7"])  # noqa: S104
def test_any_other_address_needs_its_names_too(host):
    with pytest.raises(SettingsError, match="Set CHATAPP_ORIGINS"):
        check_exposure(["127.0.0.1", host], is_guarded=True, knows_origins=False)
