"""What the values of one answer become."""

import json
from types import SimpleNamespace
from typing import Any

from chatapp.function_host import frames
from chatapp.function_host.chunks import ChunkReader

#: What every stream of these tests says.
WHOLE = {"text": "Hello", "reasoning": "hm", "finish": "length", "usage": [3, 2, 5]}


def as_object(value: Any) -> Any:
    """Return the value with attributes in place of keys."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_object(part) for key, part in value.items()})
    return [as_object(part) for part in value] if isinstance(value, list) else value


def read_all(values: list[Any]) -> dict[str, Any]:
    """Return text, reasoning, usage and finish reason of an answer's values."""
    chunks, result = ChunkReader(), {}
    for value in values:
        for kind, payload in frames.Frames().feed(chunks.read(value)):
            if kind == frames.USAGE:
                result["usage"] = json.loads(payload)
            elif kind == frames.FINISH:
                result["finish"] = frames.decode(payload)  # the last one holds
            else:
                name = {frames.TEXT: "text", frames.REASONING: "reasoning"}[kind]
                result[name] = result.get(name, "") + frames.decode(payload)
    return result
