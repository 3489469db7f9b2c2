"""Admission of what is new: refused while the process drains or the disk is almost full, and above the rates.

How many answers may run at once, and what they may spend, is in the database: chatapp.chat.budgets.
"""

from chatapp.bounds import ScopeBounds
from chatapp.errors import RateLimited, Unavailable
from chatapp.server import metrics
from chatapp.server.disk import DiskReserve
from chatapp.server.rate_limit import RateLimit


class Admission:
    """Admits new answers until the process drains. `questions_per_minute`: 0 is unlimited."""

    def __init__(self, questions_per_minute: ScopeBounds, disk: DiskReserve | None = None) -> None:
        self.is_draining = False
        self.disk = disk
        self._limits = {scope: _limit(scope, bound) for scope, bound in questions_per_minute if bound}

    def admit(self, owner: str, address: str = "", model: str = "") -> None:
        """Count a new answer. Raises Unavailable (draining, or the disk is almost full) and RateLimited."""
        self.check()
        keys = {"session": owner, "address": address, "model": model, "all": ""}
        taken: list[str] = []
        try:
            for scope, limit in self._limits.items():
                limit.take(keys[scope])
                taken.append(scope)
        except RateLimited as error:
            for scope in taken:
                self._limits[scope].give_back(keys[scope])
            metrics.refusals.labels("questions", error.scope).inc()
            raise

    def check(self) -> None:
        """Raise Unavailable if the process drains or the disk is almost full."""
        if self.is_draining:
            raise Unavailable("The server is restarting. Try again in a moment.", retry_after=1)
        self.check_room()

    def check_room(self) -> None:
        """Raise Unavailable if the disk is almost full. For everything that a client adds."""
        if self.disk:
            self.disk.check()


def _limit(scope: str, per_minute: float) -> RateLimit:
    burst, per_second = max(per_minute, 1), per_minute / 60
    return {
        "session": RateLimit(
            burst=burst, per_second=per_second, scope=scope, message="Too many messages. Try again in {wait} s."
        ),
        "address": RateLimit(
            burst=burst,
            per_second=per_second,
            scope=scope,
            message="Too many messages from your network. Try again in {wait} s.",
        ),
        "model": RateLimit(
            burst=burst,
            per_second=per_second,
            scope=scope,
            message="This model is asked too often right now. Choose another one, or try again in {wait} s.",
        ),
        "all": RateLimit(
            burst=burst,
            per_second=per_second,
            scope=scope,
            message="The server is asked too often right now. Try again in {wait} s.",
        ),
    }[scope]
