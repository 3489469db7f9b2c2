"""Budgets: how many answers may run at once, and what they may spend in a day, in tokens and in money.

What an answer may cost at most is reserved in the transaction that stores it, and replaced by what it did cost in the
one that stores its end. So answers that run side by side cannot spend the same tokens, and neither a restart nor a
crash forgets any: what nobody could count stays spent as it was reserved.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from chatapp.bounds import ScopeBounds
from chatapp.config import Settings
from chatapp.errors import Busy, RateLimited, TooLarge
from chatapp.ids import new_id, now
from chatapp.providers.prices import Amount
from chatapp.server import metrics
from chatapp.storage.database import db
from chatapp.storage.tables import Generation, Reservation, Spending

DAY_SECONDS = 86_400
MILLIONTHS = 1_000_000
BUSY_SECONDS = 3
#: Each database's own statement that inserts a row or changes the one that is there.
UPSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
#: How long after its begin a reservation without a running answer is forgotten; its amount stays spent.
ORPHANED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Spender:
    """Who spends on what. `address`: as `network_of` counts it; `model`: its id in the registry."""

    owner: str
    address: str
    model: str

    def keys(self) -> dict[str, str]:
        """Return the key of each scope."""
        parts = {"session": self.owner, "address": self.address, "model": self.model}
        return {**{scope: f"{scope}:{part}" for scope, part in parts.items()}, "all": "all"}


class Budgets:
    """The bounds of the settings, and what is reserved and spent of them."""

    def __init__(self, settings: Settings) -> None:
        self._answers = settings.answer_bounds
        self._tokens = settings.token_bounds
        self._money = ScopeBounds(**{scope: bound * MILLIONTHS for scope, bound in settings.money_bounds})
        self.counts_spending = bool(self._tokens or self._money)
        self._counts_answers = any((self._answers.address, self._answers.model, self._answers.all))

    @property
    def keeps_book(self) -> bool:
        """Whether each answer has a reservation."""
        return self.counts_spending or self._counts_answers

    def reserve(
        self, session: Session, reservation_id: str, spender: Spender, amount: Amount, *, is_answer: bool = True
    ) -> None:
        """Reserve what an answer may spend, within its transaction. Raises Busy, RateLimited and TooLarge."""
        if is_answer:
            self.check_running(session, spender)
        if not self.keeps_book:
            return
        day = _day(now())
        if self.counts_spending and amount != Amount():
            self._spend(session, day, spender, amount)
        session.add(
            Reservation(
                id=reservation_id,
                owner=spender.owner,
                address=spender.address,
                model=spender.model,
                is_answer=is_answer,
                day=day,
                tokens=amount.tokens if self.counts_spending else 0,
                money=amount.money if self.counts_spending else 0,
                created_at=now(),
            )
        )

    def extend(self, reservation_id: str, amount: Amount) -> None:
        """Reserve more for an answer that is longer than was thought. Raises RateLimited and TooLarge."""
        with db.write() as session:
            row = session.get(Reservation, reservation_id)
            if row is not None:
                self._spend(session, row.day, Spender(row.owner, row.address, row.model), amount)
                row.tokens += amount.tokens
                row.money += amount.money

    @contextmanager
    def reserved(self, spender: Spender, amount: Amount) -> Iterator[list[Amount]]:
        """Reserve an amount until the end of the block; what the block puts into the list is then spent instead.

        Raises RateLimited and TooLarge.
        """
        if not self.counts_spending:
            yield []
            return
        reservation_id = new_id()
        with db.write() as session:
            self.reserve(session, reservation_id, spender, amount, is_answer=False)
        spent: list[Amount] = []
        try:
            yield spent
        finally:
            with db.write() as session:
                settle(session, reservation_id, spent[-1] if spent else None)

    def check_running(self, session: Session, spender: Spender) -> None:
        """Raise Busy if too many answers run already."""
        own = select(func.count()).where(
            Generation.owner == spender.owner,
            Generation.status == "running",
            Generation.queued_address.is_(None),  # else it waits for its own turn
        )
        if self._answers.session and session.scalars(own).one() >= self._answers.session:
            metrics.refusals.labels("answers", "session").inc()
            raise Busy(
                "{n} answers are being written already. Wait for one, or stop one.",
                n=int(self._answers.session),
                scope="session",
            )
        if not self._counts_answers:
            return
        query = select(
            func.sum(case((Reservation.address == spender.address, 1), else_=0)),
            func.sum(case((Reservation.model == spender.model, 1), else_=0)),
            func.count(),
        )
        running = session.execute(query.where(Reservation.is_answer)).one()
        for scope, count in zip(("address", "model", "all"), running, strict=True):
            bound = getattr(self._answers, scope)
            if bound and (count or 0) >= bound:
                metrics.refusals.labels("answers", scope).inc()
                raise _busy(scope)

    def _spend(self, session: Session, day: str, spender: Spender, amount: Amount) -> None:
        """Add an amount to what is spent. Raises RateLimited if a bound is reached, TooLarge if it could never fit."""
        keys = spender.keys()
        for scope in keys:
            for bound, part in ((self._tokens, amount.tokens), (self._money, amount.money)):
                if 0 < getattr(bound, scope) < part:
                    raise TooLarge(
                        "This question and its answer may take more than is allowed in a whole day. Ask for a shorter "
                        "answer, or in a new conversation.",
                        scope=scope,
                    )
        spend(session, day, spender, amount)
        query = select(Spending.key, Spending.tokens, Spending.money)
        query = query.where(Spending.day == day, Spending.key.in_(keys.values()))
        spent = {key: {"tokens": tokens, "money": money} for key, tokens, money in session.execute(query)}
        for scope, key in keys.items():
            for name, bounds in (("tokens", self._tokens), ("money", self._money)):
                if 0 < getattr(bounds, scope) < spent[key][name]:
                    metrics.refusals.labels(name, scope).inc()
                    raise _used_up(scope)


def settle(session: Session, reservation_id: str, spent: Amount | None) -> None:
    """Replace what an answer reserved by what it spent, within the transaction that ends it; None: it is not known."""
    row = session.get(Reservation, reservation_id)
    if row is None:
        return
    difference = (spent or Amount(row.tokens, row.money)) - Amount(row.tokens, row.money)
    if (row.tokens or row.money) and difference != Amount():
        spend(session, row.day, Spender(row.owner, row.address, row.model), difference)
    session.delete(row)


def spend(session: Session, day: str, spender: Spender, amount: Amount) -> None:
    """Add an amount, which may be negative, to what is spent. Always in the same order, so that no two can lock up."""
    _add(
        session,
        [
            {"day": day, "key": key, "tokens": amount.tokens, "money": amount.money}
            for key in sorted(spender.keys().values())
        ],
    )


def _add(session: Session, rows: list[dict[str, Any]]) -> None:
    added = UPSERTS[session.get_bind().dialect.name](Spending)
    sums = {"tokens": Spending.tokens + added.excluded.tokens, "money": Spending.money + added.excluded.money}
    session.connection().execute(added.on_conflict_do_update(index_elements=["day", "key"], set_=sums), rows)


def move_all(session: Session, owner: str, into: str) -> None:
    """Count what an owner has spent and reserved as another one's."""
    key, other = (Spender(one, "", "").keys()["session"] for one in (owner, into))
    rows = session.execute(select(Spending.day, Spending.tokens, Spending.money).where(Spending.key == key)).all()
    if rows:
        _add(session, [{"day": day, "key": other, "tokens": tokens, "money": money} for day, tokens, money in rows])
        session.execute(delete(Spending).where(Spending.key == key))
    session.execute(update(Reservation).where(Reservation.owner == owner).values(owner=into))


def forget_old(session: Session) -> None:
    """Delete the days before yesterday, and what a process that has died had reserved for titles."""
    at = now()
    running = select(Generation.id).where(Generation.status == "running")
    session.execute(delete(Spending).where(Spending.day < _day(at - DAY_SECONDS)))
    session.execute(
        delete(Reservation).where(Reservation.created_at < at - ORPHANED_SECONDS, Reservation.id.not_in(running))
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _busy(scope: str) -> Busy:
    return {
        "address": Busy(
            "Too many answers are being written for your network. Wait for one to end.",
            retry_after=BUSY_SECONDS,
            scope=scope,
        ),
        "model": Busy(
            "This model is already writing as many answers as allowed. Choose another one, or try again in a moment.",
            retry_after=BUSY_SECONDS,
            scope=scope,
        ),
        "all": Busy(
            "The server is already writing as many answers as allowed. Try again in a moment.",
            retry_after=BUSY_SECONDS,
            scope=scope,
        ),
    }[scope]


def _used_up(scope: str) -> RateLimited:
    wait = math.ceil(DAY_SECONDS - now() % DAY_SECONDS)
    return {
        "session": RateLimited("You have used up your share for today.", retry_after=wait, scope=scope),
        "address": RateLimited("Your network has used up its share for today.", retry_after=wait, scope=scope),
        "model": RateLimited(
            "This model has used up its share for today. Choose another one.", retry_after=wait, scope=scope
        ),
        "all": RateLimited("This server has used up its share for today.", retry_after=wait, scope=scope),
    }[scope]
