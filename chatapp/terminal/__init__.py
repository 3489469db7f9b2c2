"""The terminal client: `python -m chatapp chat`, written from docs/protocol.md alone."""

from chatapp.terminal.command import main

__all__ = ["main"]
