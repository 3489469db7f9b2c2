"""Providers: the sources of answers. A provider is a class with one generator method."""

from chatapp.providers.base import Chunk, Done, Finish, ModelInfo, Prompt, Provider, Reasoning, Usage

__all__ = ["Chunk", "Done", "Finish", "ModelInfo", "Prompt", "Provider", "Reasoning", "Usage"]
