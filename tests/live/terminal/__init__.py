"""The terminal client: the real command against the real server."""
