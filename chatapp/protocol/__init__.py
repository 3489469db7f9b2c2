"""docs/protocol.md as code: the payloads of clients, and the events of the server."""
