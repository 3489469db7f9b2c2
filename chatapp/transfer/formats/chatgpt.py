"""ChatGPT's export: `conversations.json`, or since 2026 `conversations-000.json` and so on.

Sources: docs/exchange.md. Ids of files are those of `asset_pointer`; `conversation_asset_file_names.json` names them.
"""

from typing import Any

from chatapp.errors import Invalid
from chatapp.transfer.formats.nodes import read_model, read_time
from chatapp.transfer.formats.turns import Outline


def outline(head: dict[str, Any], place: str) -> Outline:
    """Return a conversation's outline. `head["mapping"]`: its nodes."""
    if not isinstance(head.get("mapping"), dict):
        raise Invalid("{place}: must be an object, as in a ChatGPT export", place=f"{place}.mapping")
    return Outline(
        source="chatgpt",
        nodes=head["mapping"],
        id=head.get("conversation_id") or head.get("id"),
        title=head.get("title"),
        created_at=read_time(head, "create_time", place),
        updated_at=read_time(head, "update_time", place),
        current=head.get("current_node"),
        model=read_model(head, "default_model_slug"),
        pinned=head.get("is_starred") is True,
        archived=head.get("is_archived") is True,
    )
