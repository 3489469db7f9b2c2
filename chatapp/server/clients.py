"""Clients: the budgets of each address and owner, and their numbers of connections and sockets."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeGuard, TypeVar

from chatapp.errors import AddressFull, ServerFull, SessionFull
from chatapp.server.addresses import network_of
from chatapp.server.budgets import FrameBudget, TimeBudget

#: The clients seen longest ago are forgotten.
MAX_CLIENTS = 4_000
#: Connections of one address, as a multiple of its sockets: the others carry HTTP requests.
CONNECTIONS_PER_SOCKET = 2
#: Sockets that may stay open just to be told that they are refused, of one address and in all.
REFUSED_PER_ADDRESS, REFUSED = 20, 200
ALL, ALL_REFUSED = ("all", ""), ("refused in all", "")

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class ClientBudgets:
    """What one address or owner may have of the server."""

    time: tuple[TimeBudget, ...]
    frames: FrameBudget


def budgets_of_address() -> ClientBudgets:
    """Half of the loop, and not many connections one after the other without a pause between them."""
    pauses = TimeBudget("connections", burst=0.03, share=2 / 3)
    return ClientBudgets(
        (TimeBudget("address", burst=0.5, share=1 / 2), pauses), FrameBudget(burst=2000, per_second=1000)
    )


def budgets_of_owner() -> ClientBudgets:
    """A third of the loop. The burst is what a tab needs that opens fifty conversations."""
    return ClientBudgets((TimeBudget("owner", burst=0.5, share=1 / 3),), FrameBudget(burst=1000, per_second=500))


class Clients:
    """All clients of one process. With `trusts_proxies` the peers of connections are proxies, not clients."""

    def __init__(self, *, trusts_proxies: bool, sockets: int, per_address: int, per_owner: int) -> None:
        self.trusts_proxies = trusts_proxies
        self._max_sockets, self._max_per_address, self._max_per_owner = sockets, per_address, per_owner
        self._addresses, self._owners = _Recent(budgets_of_address), _Recent(budgets_of_owner)
        self._connections: Counter[str] = Counter()
        self._sockets: Counter[tuple[str, str]] = Counter()

    def time(self, address: str, owner: str | None = None) -> tuple[TimeBudget, ...]:
        """Return the budgets of work for a client, its owner's first: who waits for that holds up no other session."""
        of_owner = self._owners.get(owner).time if owner else ()
        return of_owner + self._addresses.get(network_of(address)).time

    def frames(self, address: str, owner: str | None = None) -> tuple[FrameBudget, ...]:
        """Return the budgets of the frames of one socket, in the order in which they are waited for."""
        of_socket = FrameBudget(burst=200, per_second=100)
        of_owner = (self._owners.get(owner).frames,) if owner else ()
        return (of_socket, *of_owner, self._addresses.get(network_of(address)).frames)

    def peer(self, peer: object) -> tuple[TimeBudget, ...]:
        """Return the budgets of a connection's other side before its first request; () for a proxy or a pipe."""
        return self.time(peer[0]) if self._is_client(peer) else ()

    @contextmanager
    def count_connection(self, peer: object) -> Iterator[bool]:
        """Count a connection until the end of the block. Yields whether its address may have one more."""
        if not self._is_client(peer):
            yield True
            return
        with _counted(self._connections, network_of(peer[0])) as count:
            yield count <= CONNECTIONS_PER_SOCKET * self._max_per_address

    @contextmanager
    def count_socket(self, address: str, owner: str) -> Iterator[None]:
        """Count a socket until the end of the block. Raises ServerFull, AddressFull or SessionFull."""
        place = network_of(address)
        if self._sockets[ALL] >= self._max_sockets:
            raise ServerFull("The server has reached its limit of open tabs. Try again in a moment.")
        if self._sockets["address", place] >= self._max_per_address:
            raise AddressFull("Your network has reached this server's limit of open tabs. Close some.")
        if self._sockets["owner", owner] >= self._max_per_owner:
            raise SessionFull("You have reached this server's limit of open tabs. Close some.")
        with (
            _counted(self._sockets, ALL),
            _counted(self._sockets, ("address", place)),
            _counted(self._sockets, ("owner", owner)),
        ):
            yield

    @contextmanager
    def count_refused(self, address: str) -> Iterator[bool]:
        """Count a socket that only waits for its refusal. Yields whether there may be one more."""
        with (
            _counted(self._sockets, ALL_REFUSED) as all_refused,
            _counted(self._sockets, ("refused", network_of(address))) as of_address,
        ):
            yield all_refused <= REFUSED and of_address <= REFUSED_PER_ADDRESS

    def _is_client(self, peer: object) -> TypeGuard[tuple[str, int]]:
        return isinstance(peer, tuple) and not self.trusts_proxies


class _Recent:
    """The budgets of the clients seen last."""

    def __init__(self, make: Callable[[], ClientBudgets]) -> None:
        self._make = make
        self._budgets: OrderedDict[str, ClientBudgets] = OrderedDict()

    def get(self, key: str) -> ClientBudgets:
        budgets = self._budgets.get(key)
        if budgets is None:
            budgets = self._budgets[key] = self._make()
            if len(self._budgets) > MAX_CLIENTS:
                self._budgets.popitem(last=False)
        self._budgets.move_to_end(key)
        return budgets


@contextmanager
def _counted(counter: "Counter[Key]", key: Key) -> Iterator[int]:
    """Count one more of a key until the end of the block. Yields the number."""
    counter[key] += 1
    try:
        yield counter[key]
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]
