"""IN: the owner's defaults and presets, over HTTP."""

from typing import Any, Protocol, TypeVar

from flask import Blueprint

from chatapp.chat import conversations, presets
from chatapp.protocol import payloads
from chatapp.protocol.payloads import Payload
from chatapp.web.services import Services

Request = TypeVar("Request", bound=Payload)


class Body(Protocol):
    """Reads a request's body as a payload. Raises Invalid and TooLarge."""

    def __call__(self, model: type[Request], /) -> Request: ...


def add_routes(api: Blueprint, services: Services, body: Body) -> None:
    """Add `/api/settings` and what stands below it to the routes of /api/."""
    sessions = services.sessions

    @api.get("/api/settings")
    def get_settings() -> Any:
        return conversations.settings_of(sessions.owner())

    @api.put("/api/settings")
    def put_settings() -> Any:
        return conversations.change_settings(sessions.owner(), body(payloads.ChangeSettings))

    @api.get("/api/settings/presets")
    def list_presets() -> Any:
        return {"presets": presets.listed(sessions.owner())}

    @api.put("/api/settings/presets/<preset_id>")
    def put_preset(preset_id: str) -> Any:
        named = payloads.parse(payloads.PresetId, {"id": preset_id}, services.settings)
        preset, is_new = presets.put(sessions.owner(), named.id, body(payloads.PutPreset))
        return {"preset": preset}, 201 if is_new else 200

    @api.patch("/api/settings/presets/<preset_id>")
    def change_preset(preset_id: str) -> Any:
        return {"preset": presets.change(sessions.owner(), preset_id, body(payloads.ChangePreset))}

    @api.delete("/api/settings/presets/<preset_id>")
    def delete_preset(preset_id: str) -> Any:
        presets.remove(sessions.owner(), preset_id)
        return "", 204
