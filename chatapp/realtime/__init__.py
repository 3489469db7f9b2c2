"""The Socket.IO server, its rooms and everything that is emitted to them."""
