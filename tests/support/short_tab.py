"""A tab that takes short tokens."""

from typing import Any

from support.tab import Tab


class ShortTab(Tab):
    """Shows `t` as the token that it stands for, with the id as it came. Tokens with names fail."""

    AUTH = {"takes": ["short_tokens", "what no server knows"]}  # noqa: RUF012 (as JSON)

    def tokens(self, generation_id: str) -> list[dict[str, Any]]:
        return super().tokens(generation_id.rpartition("-")[2])

    def _take_event(self, arguments: list[Any]) -> None:
        assert arguments[0] != "token", arguments
        if arguments[0] == "t":
            arguments = ["token", dict(zip(("id", "seq", "text", "kind"), arguments[1], strict=False))]
        super()._take_event(arguments)
