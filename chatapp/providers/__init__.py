"""Providers: the sources of answers. A provider is a class with one generator method."""

from chatapp.providers.base import (
    Answered,
    Chunk,
    Done,
    Finish,
    ModelInfo,
    Notice,
    Prompt,
    Provider,
    Reasoning,
    TextWasReasoning,
    Usage,
)

__all__ = [
    "Answered",
    "Chunk",
    "Done",
    "Finish",
    "ModelInfo",
    "Notice",
    "Prompt",
    "Provider",
    "Reasoning",
    "TextWasReasoning",
    "Usage",
]
