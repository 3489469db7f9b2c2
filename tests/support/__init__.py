"""Shared by the live tests: real processes, and a client written from docs/protocol.md alone."""
