"""The parts of one application, as its handlers reach them."""

from dataclasses import dataclass

from chatapp.config import Settings
from chatapp.generation import Generations
from chatapp.history.turns import Terms
from chatapp.instance import Instance
from chatapp.limits import RateLimit
from chatapp.providers.catalogue import Catalogue
from chatapp.recovery import Recovery
from chatapp.sessions import Sessions
from chatapp.token_log import TokenLog


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    instance: Instance
    token_log: TokenLog
    catalogue: Catalogue
    generations: Generations
    recovery: Recovery
    sessions: Sessions
    message_limit: RateLimit | None

    def terms(self, owner: str) -> Terms:
        """Return the terms of an owner's next answer."""

        def admit() -> None:
            self.generations.check_open()
            if self.message_limit:
                self.message_limit.take(owner)

        bound = self.settings.generations_per_owner
        return Terms(self.instance.worker, self.catalogue.default(), bound, admit)
