"""docs/protocol.md as code: what clients may send."""
