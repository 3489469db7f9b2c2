"""/api/settings: the owner's defaults and presets."""

from typing import Any

from chatapp.chat import owner_settings, presets
from chatapp.protocol import payloads
from chatapp.web.api.requests import api_blueprint, body, check_model
from chatapp.web.services import current_services

blueprint = api_blueprint("settings")


@blueprint.get("/api/settings")
def get_settings() -> Any:
    return owner_settings.get(current_services().auth.owner())


@blueprint.put("/api/settings")
def put_settings() -> Any:
    owner, wanted = current_services().auth.owner(), body(payloads.ChangeSettings)
    check_model(wanted.model, lambda: owner_settings.get(owner)["model"])
    return owner_settings.change(owner, wanted)


@blueprint.get("/api/settings/presets")
def list_presets() -> Any:
    return {"presets": presets.all_of(current_services().auth.owner())}


@blueprint.put("/api/settings/presets/<preset_id>")
def put_preset(preset_id: str) -> Any:
    services = current_services()
    owner = services.auth.owner()
    services.admission.check_room()
    named = payloads.parse(payloads.PresetId, {"id": preset_id}, services.settings)
    # Any model: it is judged where the preset is applied, and a deletion can be undone whatever is offered by then.
    preset, is_new = presets.put(owner, named.id, body(payloads.PutPreset))
    return {"preset": preset}, 201 if is_new else 200


@blueprint.patch("/api/settings/presets/<preset_id>")
def change_preset(preset_id: str) -> Any:
    return {"preset": presets.change(current_services().auth.owner(), preset_id, body(payloads.ChangePreset))}


@blueprint.delete("/api/settings/presets/<preset_id>")
def delete_preset(preset_id: str) -> Any:
    presets.remove(current_services().auth.owner(), preset_id)
    return "", 204
