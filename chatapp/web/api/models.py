"""/api/models and /api/cache: the models, and the answer cache."""

from typing import Any

from chatapp.chat import answer_cache
from chatapp.storage.database import db
from chatapp.web import i18n
from chatapp.web.api.requests import api_blueprint
from chatapp.web.services import current_services

blueprint = api_blueprint("models")


@blueprint.get("/api/models")
def list_models() -> Any:
    services = current_services()
    services.auth.owner()
    registry = services.registry
    listed = [model.payload() for model in registry.models()]
    down = registry.down(i18n.localize)
    return {
        "models": listed,
        "default": registry.default(),
        **({"down": down} if down else {}),
        **({"takes_others": False} if registry.lists_all else {}),
    }


@blueprint.delete("/api/cache")
def purge_cache() -> Any:
    return {"removed": answer_cache.purge(db, current_services().auth.owner())}
