"""Entries of a token log."""

from chatapp.storage.database import db
from chatapp.storage.token_log import Entry


def entries(generation_id, *texts, first=1):
    return [Entry(generation_id, seq, "text", text) for seq, text in enumerate(texts, first)]


def append_end(log, entry):
    with db.write() as session:
        log.append_end(session, entry)
