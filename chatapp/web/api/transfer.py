"""/api/conversations/…/export and /import."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

import orjson
from flask import Response, request
from flask_babel import gettext

from chatapp.chat import trees
from chatapp.chat.storage_quota import Quota
from chatapp.config import Settings
from chatapp.errors import Invalid
from chatapp.realtime import broadcasts
from chatapp.server import concurrency
from chatapp.storage.token_log import TokenLog
from chatapp.transfer import export_query, file_names, import_file, import_store
from chatapp.transfer.formats import markdown, native
from chatapp.transfer.incoming import Bounds, IncomingConversation
from chatapp.transfer.labels import Labels, make_labels
from chatapp.transfer.zip_stream import stream_zip
from chatapp.web.api.requests import api_blueprint
from chatapp.web.downloads import download
from chatapp.web.i18n import error_localizer
from chatapp.web.services import current_services

EMITS_PER_PAUSE = 20


_import_lock = concurrency.Semaphore(1)

blueprint = api_blueprint("transfer")


@blueprint.get("/api/conversations/<conversation_id>/export")
def export_one(conversation_id: str) -> Any:
    token_log = current_services().token_log
    form, labels = _format(), make_labels(gettext, error_localizer())
    head = export_query.load_conversation(current_services().auth.owner(), conversation_id)
    name = file_names.file_stem(head["title"] or labels.untitled, head["created_at"])
    if form == "json":
        return download(_json(token_log, [head]), f"{name}.json", "application/json")
    return download(map(str.encode, _document(token_log, head, labels)), f"{name}.md", "text/markdown; charset=utf-8")


@blueprint.get("/api/conversations/export")
def export_all() -> Any:
    token_log = current_services().token_log
    form, labels = _format(), make_labels(gettext, error_localizer())
    heads = export_query.iter_conversations(current_services().auth.owner())
    name = f"chatapp-{datetime.now(UTC).date().isoformat()}"
    if form == "json":
        return download(_json(token_log, heads), f"{name}.json", "application/json")
    return download(stream_zip(_files(token_log, heads, labels)), f"{name}.zip", "application/zip")


@blueprint.post("/api/conversations/import")
def import_() -> Any:
    services = current_services()
    owner, labels = services.auth.owner(), make_labels(gettext, error_localizer())
    services.admission.check_room()
    with services.uploads.admit(owner, request.remote_addr or ""), services.uploads.receive(request) as file:
        services.auth.session()  # it may have ended meanwhile: an upload can take minutes
        with _import_lock:  # one at a time: reading a file takes several times its size in memory
            incoming = concurrency.in_thread(_read, file, _bounds(services.settings), labels)
            stored = import_store.store(owner, incoming, services.admission.check_room, Quota.of(services.settings))
    for number, conversation in enumerate(reversed(stored)):
        broadcasts.conversation_added(owner, conversation)
        if number % EMITS_PER_PAUSE == 0:
            concurrency.sleep()
    return Response(orjson.dumps({"conversations": stored}), 201, mimetype="application/json")


def _read(file: IO[bytes], bounds: Bounds, labels: Labels) -> list[IncomingConversation]:
    return import_file.read(file.read(), bounds, labels)


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        text_characters=max(settings.content_characters, settings.message_bytes),
        prompt_characters=settings.content_characters,
        options_bytes=settings.options_bytes,
        file_bytes=settings.import_bytes,
    )


def _json(token_log: TokenLog, heads: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    return native.write_file(
        (head, export_query.iter_messages(list(trees.load_tree(head["id"])), token_log)) for head in heads
    )


def _document(token_log: TokenLog, head: dict[str, Any], labels: Labels) -> Iterator[str]:
    tree = trees.load_tree(head["id"])
    shown = export_query.path_to(tree, head["active_leaf_id"])
    return markdown.write_document(head, export_query.iter_messages(shown, token_log), len(tree) - len(shown), labels)


def _files(
    token_log: TokenLog, heads: Iterable[dict[str, Any]], labels: Labels
) -> Iterator[tuple[str, float, Iterator[str]]]:
    names = file_names.FileNames()
    for head in heads:
        name = names.unique_name(head["title"] or labels.untitled, head["created_at"], ".md")
        yield name, head["updated_at"], _document(token_log, head, labels)


def _format() -> str:
    form = request.args.get("format", "json")
    if form not in {"md", "json"}:
        raise Invalid("format: takes md or json")
    return form
