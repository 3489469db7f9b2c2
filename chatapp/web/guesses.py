"""Bounds of the guesses at the password and at one-time codes.

A guess from elsewhere counts for its address, for the network around it and for all; right ones do not count. So one
network, however many addresses it has, keeps nobody else from signing in. A device that has signed in before has
guesses of its own, whatever others do. Passwords and codes are counted apart: while the ones are guessed, the others
work.
"""

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

from chatapp.errors import RateLimited, Unauthenticated
from chatapp.server import metrics
from chatapp.server.addresses import network_of, wide_network_of
from chatapp.server.rate_limit import RateLimit

log = logging.getLogger(__name__)

Method = Literal["password", "code"]


class _Bound(NamedTuple):
    """`scope`: whose guesses the limit counts, for the metrics."""

    scope: str
    limit: RateLimit


def _bound(scope: str, burst: float, per_second: float) -> _Bound:
    limit = RateLimit(burst=burst, per_second=per_second, message="Too many wrong attempts. Try again in {wait} s.")
    return _Bound(scope, limit)


class Guesses:
    """The guesses of one kind. `method`: what is guessed."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._of_strangers = (
            (_bound("address", 5, 1 / 12), network_of),
            (_bound("network", 15, 1 / 30), wide_network_of),
            (_bound("all", 200, 2), lambda _address: ""),
        )
        self._of_devices = (
            (_bound("device", 5, 1 / 12), str),
            (_bound("devices", 100, 1 / 2), lambda _device: ""),
        )

    @contextmanager
    def judge(self, address: str, device: str) -> Iterator[None]:
        """Judge a guess in the block, which raises Unauthenticated for a wrong one. Raises RateLimited before it.

        `device`: the id of a device that has signed in before; empty for others.
        """
        counted = [
            (bound, key_of(device or address)) for bound, key_of in (self._of_devices if device else self._of_strangers)
        ]
        self._take(counted)
        try:
            yield
        except Unauthenticated:
            self._note("wrong")
            # The whole address, as the operator's firewall needs it. Wrong guesses are bounded, and so are these lines.
            log.warning("Sign-in refused: wrong %s from %s", self._method, _printable(address))
            raise
        except BaseException:
            _give_back(counted)
            raise
        _give_back(counted)
        self._note("accepted")

    def _take(self, counted: list[tuple[_Bound, str]]) -> None:
        for number, (bound, key) in enumerate(counted):
            try:
                bound.limit.take(key)
            except RateLimited:
                _give_back(counted[:number])
                self._note("limited")
                metrics.refusals.labels("guesses", bound.scope).inc()
                raise

    def _note(self, result: str) -> None:
        metrics.sign_ins.labels(self._method, result).inc()


def _give_back(counted: list[tuple[_Bound, str]]) -> None:
    for bound, key in counted:
        bound.limit.give_back(key)


def _printable(address: str) -> str:
    """Return an address for the log. A proxy that is not set up well hands anything on."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "an address that is none"
