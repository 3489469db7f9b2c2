"""The cookies of versions before sessions were rows: Flask's, signed, with the owner in them."""

import hashlib
import hmac
import time
from types import SimpleNamespace
from unittest import mock

import itsdangerous.timed
from flask import Flask
from flask.sessions import SecureCookieSessionInterface


def name_of(key: str, *, secure: bool = False) -> str:
    """Return the name that such a cookie had."""
    return f"{'__Host-' if secure else ''}chatapp_{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def make(key: str, owner: str, *, password: str = "", seconds_ago: float = 0) -> str:
    """Return its value, as it was signed then."""
    proof = hmac.new(key.encode(), password.encode(), hashlib.sha256).hexdigest()[:32] if password else ""
    clock = SimpleNamespace(time=lambda: time.time() - seconds_ago)
    with mock.patch.object(itsdangerous.timed, "time", clock):
        value = _serializer(key).dumps({"_permanent": True, "owner": owner, "proof": proof})
    assert isinstance(value, str)
    return value


def owner_in(key: str, value: str) -> str:
    """Return the owner, as an earlier version reads it."""
    said = _serializer(key).loads(value, max_age=400 * 86_400)
    return str(said["owner"])


def _serializer(key: str):
    app = Flask("earlier")
    app.secret_key = key
    return SecureCookieSessionInterface().get_signing_serializer(app)
