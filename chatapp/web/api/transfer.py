"""/api/conversations/…/export and /import."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import IO, Any

import orjson
from flask import Response, request
from flask_babel import gettext

from chatapp.chat import trees
from chatapp.chat.storage_quota import Quota
from chatapp.config import Settings
from chatapp.errors import ChatError, Invalid
from chatapp.realtime import broadcasts
from chatapp.server import concurrency
from chatapp.storage.token_log import TokenLog
from chatapp.transfer import export_query, file_names, import_store
from chatapp.transfer.formats import markdown, native
from chatapp.transfer.import_reading import BrokenFile, ImportCancelled, ImportProgress, Reading, Refusals
from chatapp.transfer.incoming import Bounds
from chatapp.transfer.labels import Labels, make_labels
from chatapp.transfer.spool import Spool
from chatapp.transfer.zip_stream import stream_zip
from chatapp.web.api.requests import api_blueprint, flag
from chatapp.web.downloads import download
from chatapp.web.i18n import error_localizer, localize
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
    owner, labels, is_partial = services.auth.owner(), make_labels(gettext, error_localizer()), flag("partial")
    services.admission.check_room()
    progress = ImportProgress()
    with services.uploads.admit(owner, request.remote_addr or "", progress), services.uploads.receive(request) as file:
        services.auth.session()  # it may have ended meanwhile: an upload can take minutes
        reading = Reading(
            _bounds(services.settings),
            labels,
            progress,
            folder=services.uploads.folder,
            sleep=concurrency.sleep_in_thread,
            check_room=services.admission.check_room,
            is_partial=is_partial,
        )
        with Spool(services.uploads.folder) as spool:
            stored = _read_and_store(owner, file, reading, spool, Quota.of(services.settings))
        added, extended = import_store.load_objects(stored.added), import_store.load_objects(stored.extended)
    _tell_tabs(owner, added, extended)
    answer = {"conversations": added, "extended": extended, **_outcome(reading.refusals, stored)}
    told = {name: value for name, value in answer.items() if value or name == "conversations"}
    return Response(orjson.dumps(told), 201, mimetype="application/json")


@blueprint.get("/api/conversations/import")
def import_progress() -> Any:
    progress = current_services().uploads.work_of(current_services().auth.owner())
    if progress is None:
        return {"phase": None}
    return {"phase": progress.phase, "done": progress.done, "total": progress.total}


@blueprint.delete("/api/conversations/import")
def cancel_import() -> Any:
    progress = current_services().uploads.work_of(current_services().auth.owner())
    if progress:
        progress.is_cancelled = True
    return "", 204


def _read_and_store(owner: str, file: IO[bytes], reading: Reading, spool: Spool, quota: Quota) -> import_store.Stored:
    with _import_lock:  # one at a time: reading takes as much of a core as it gets
        try:
            concurrency.in_thread(reading.read, file, spool)
        except ImportCancelled:
            return import_store.Stored(left=1)
        except BrokenFile as broken:
            raise Invalid(
                "“{name}” in the zip cannot be read: {problem}", name=broken.name[-100:], problem=localize(broken.error)
            ) from None
        check = current_services().admission.check_room
        return import_store.store(owner, spool, check, quota, reading.progress, broadcasts.fact)


def _tell_tabs(owner: str, added: list[dict[str, Any]], extended: list[dict[str, Any]]) -> None:
    emits: list[Callable[[], None]] = [partial(broadcasts.conversation_added, owner, one) for one in reversed(added)]
    emits += [partial(broadcasts.conversation_changed, owner, one) for one in extended]
    for number, emit in enumerate(emits):
        emit()
        if number % EMITS_PER_PAUSE == 0:
            concurrency.sleep()


def _outcome(refusals: Refusals, stored: import_store.Stored) -> dict[str, Any]:
    """Return what a client should know beside the conversations; only what there is."""
    refused = [(one.title, one.error) for one in refusals.told] + stored.not_taken
    return {
        "unchanged": stored.unchanged,
        "not_imported": refusals.count + len(stored.not_taken),
        "problems": [_describe(title, error) for title, error in refused],
        "cancelled": bool(stored.left and not stored.problem),
        "left": stored.left,
        "ended_by": localize(stored.problem) if stored.problem else None,
    }


def _describe(title: str | None, error: ChatError) -> dict[str, str]:
    """Return a conversation that was not imported. Errors about a field are for programmers: `detail` has them."""
    told = {"title": title or gettext("export.untitled")}
    if error.text.startswith("{place}: "):
        return {
            **told,
            "problem": gettext("This conversation is not built like the others of its kind."),
            "detail": localize(error),
        }
    return {**told, "problem": localize(error)}


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
