"""The terminal client, `python -m chatapp chat`. It depends on docs/protocol.md only, not on the server's code."""

from chatapp.terminal.command import main

__all__ = ["main"]
