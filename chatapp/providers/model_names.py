"""Models by the names that people know: of a file's path only the file, and whether a model is for chatting."""

import re
from collections import Counter
from collections.abc import Sequence

#: Parts of the names of models that make no text for a chat.
NOT_FOR_CHAT = (
    "embed",
    "whisper",
    "tts",
    "dall-e",
    "moderation",
    "image",
    "realtime",
    "transcribe",
    "audio",
    "davinci",
    "babbage",
    "sora",
    "search-api",
)
FILE = re.compile(r"\.(gguf|ggml|bin|safetensors)$", re.IGNORECASE)
PART = re.compile(r"-\d{5}-of-\d{5}$")
PATH = re.compile(r"^(?:[A-Za-z]:)?[\\/]|^\.{1,2}[\\/]|^~[\\/]|\\")


def display_name(model: str) -> str:
    """Return the name of a model: of a file the name without its folders, which concern nobody, and its ending."""
    name = re.split(r"[\\/]", model.rstrip("\\/"))[-1] if PATH.search(model) or FILE.search(model) else model
    return PART.sub("", FILE.sub("", name)) or model


def is_for_chat(model: str) -> bool:
    """Tell whether a model answers in a chat, as far as its name says, whatever its folders are called."""
    name = display_name(model).rpartition("/")[2].lower()
    return not any(word in name for word in NOT_FOR_CHAT)


class ModelNames:
    """The models of a server by the names that people see, in its order. Files of one name are numbered."""

    def __init__(self, ids: Sequence[str] = ()) -> None:
        names = [display_name(model) for model in ids]
        total, seen = Counter(names), Counter[str]()
        for index, name in enumerate(names):
            if total[name] > 1:
                seen[name] += 1
                names[index] = f"{name} ({seen[name]})"
        self.names = names
        self._names = dict(zip(ids, names, strict=True))
        self._ids = dict(zip(names, ids, strict=True))

    def own_id(self, name: str) -> str:
        """Return the server's own name of a model; the same if there is none."""
        return self._ids.get(name, name)

    def name_of(self, model: str) -> str:
        """Return the name that people see, of the server's own or of one of these."""
        return model if model in self._ids else self._names.get(model) or display_name(model)


def for_chat(models: list[str]) -> list[str]:
    """Return the models that answer in a chat, as far as their names say; all if that would leave none."""
    return [model for model in models if is_for_chat(model)] or models
