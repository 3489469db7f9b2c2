"""/api/conversations: list, search, create, read, change, delete."""

from typing import Any

from flask import request

from chatapp import search
from chatapp.chat import conversations, messages
from chatapp.chat.storage_quota import Quota
from chatapp.errors import Conflict
from chatapp.protocol import payloads
from chatapp.realtime import broadcasts
from chatapp.web.api.requests import api_blueprint, body, check_model, flag, page_size
from chatapp.web.services import current_services

DELETE_TRIES = 5

blueprint = api_blueprint("conversations")


@blueprint.get("/api/conversations")
def list_conversations() -> Any:
    owner = current_services().auth.owner()
    archived, cursor, query = flag("archived"), request.args.get("cursor"), request.args.get("q", "")
    if query.strip():
        wanted = archived if request.args.get("archived") else None
        return search.search_conversations(owner, query, archived=wanted, cursor=cursor)
    return conversations.page(owner, archived=archived, cursor=cursor)


@blueprint.post("/api/conversations/search")
def search_conversations() -> Any:
    """Search as GET /api/conversations?q= does, but leave the words out of the address, which stands in access logs."""
    owner, asked = current_services().auth.owner(), body(payloads.Search)
    return search.search_conversations(owner, asked.q, archived=asked.archived, cursor=asked.cursor)


@blueprint.post("/api/conversations")
def create_conversation() -> Any:
    services = current_services()
    owner, wanted = services.auth.owner(), body(payloads.CreateConversation)
    services.admission.check_room()
    check_model(wanted.model, lambda: None)
    conversation = conversations.create(owner, wanted, Quota.of(services.settings))
    broadcasts.conversation_added(owner, conversation)
    return {"conversation": conversation}, 201


@blueprint.get("/api/conversations/<conversation_id>")
def get_conversation(conversation_id: str) -> Any:
    services = current_services()
    owner = services.auth.owner()
    names = {"leaf_id", "before"} & request.args.keys()
    query = {"limit": page_size(), **{name: request.args[name] for name in names}}
    if "before" in query:
        older = payloads.parse(payloads.OlderPage, query, services.settings)
        return messages.page_before(owner, conversation_id, before=older.before, limit=older.limit)
    newest = payloads.parse(payloads.NewestPage, query, services.settings)
    return messages.page(owner, conversation_id, leaf_id=newest.leaf_id, limit=newest.limit)


@blueprint.patch("/api/conversations/<conversation_id>")
def change_conversation(conversation_id: str) -> Any:
    services = current_services()
    owner, quota = services.auth.owner(), Quota.of(services.settings)
    wanted = body(payloads.ChangeConversation)
    check_model(wanted.model, lambda: conversations.model_of(owner, conversation_id))
    conversation, restored = conversations.change(owner, conversation_id, wanted, quota)
    if restored:
        broadcasts.conversation_added(owner, conversation)
    else:
        broadcasts.conversation_changed(owner, conversation)
    return {"conversation": conversation}


@blueprint.delete("/api/conversations/<conversation_id>")
def delete_conversation(conversation_id: str) -> Any:
    services = current_services()
    owner = services.auth.owner()
    for _ in range(DELETE_TRIES):
        running = conversations.running(owner, conversation_id)
        services.runner.stop_local(running)
        for generation_id in running:
            services.runner.stop(owner, generation_id)
        if conversations.mark_deleted(owner, conversation_id):
            broadcasts.conversation_removed(owner, conversation_id)
            return "", 204
    raise Conflict("New answers are being started in this conversation. Try again.")
