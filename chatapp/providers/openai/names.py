"""The addresses of model servers by their names, as the system knows them.

A lookup blocks a native thread, of which there are few: connections that want the same name share one.
"""

import ipaddress

import httpcore2

from chatapp.server import concurrency


class UnknownNameError(httpcore2.ConnectError):
    """No address belongs to the name of a host."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(reason)
        self.host = host


class _Lookup:
    """One lookup, in a task of its own: whoever waits for it may be cancelled."""

    def __init__(self, host: str) -> None:
        self.addresses: list[str] = []
        self.error: Exception | None = None
        self.has_ended = concurrency.Event()
        _running[host] = self
        concurrency.spawn(self._run, host)

    def _run(self, host: str) -> None:
        try:
            self.addresses = concurrency.look_up(host)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is empty, or too long
            self.error = error
        finally:
            del _running[host]
            self.has_ended.set()


_running: dict[str, _Lookup] = {}


def addresses(host: str, timeout: float | None) -> list[str]:
    """Return the addresses of a host, the best first. Interruptible. Raises UnknownNameError, ConnectTimeout."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        lookup = _running.get(host) or _Lookup(host)
        if not lookup.has_ended.wait(timeout):
            raise httpcore2.ConnectTimeout(f"The lookup of {host} takes too long") from None
        if lookup.error:
            raise UnknownNameError(host, str(lookup.error)) from lookup.error
        return lookup.addresses
    return [host]
