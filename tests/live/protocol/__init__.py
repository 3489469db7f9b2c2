"""The protocol, tested from outside: a real server, real sockets, and docs/protocol.md."""
