"""The parts of the application that its handlers use."""

from dataclasses import dataclass

from flask import current_app

from chatapp.chat.queue_commands import QueueCommands
from chatapp.chat.send import Sender
from chatapp.config import Settings
from chatapp.generation.recovery import Recovery
from chatapp.generation.runner import Runner
from chatapp.providers.registry import ProviderRegistry
from chatapp.server.admission import Admission
from chatapp.server.clients import Clients
from chatapp.server.instance import Instance
from chatapp.storage.token_log import TokenLog
from chatapp.transfer.import_reading import ImportProgress
from chatapp.web.assets import Assets
from chatapp.web.auth import Authentication
from chatapp.web.origins import Origins
from chatapp.web.session_registry import SessionRegistry
from chatapp.web.streams import Streams
from chatapp.web.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Services:
    """The objects with the lifetime of the application."""

    settings: Settings
    instance: Instance
    token_log: TokenLog
    registry: ProviderRegistry
    admission: Admission
    clients: Clients
    sender: Sender
    queue: QueueCommands
    runner: Runner
    recovery: Recovery
    sessions: SessionRegistry
    auth: Authentication
    origins: Origins
    uploads: Uploads[ImportProgress]
    assets: Assets
    streams: Streams


def current_services() -> Services:
    """Return the services of the application that handles this request or command."""
    services: Services = current_app.services  # type: ignore[attr-defined]
    return services
