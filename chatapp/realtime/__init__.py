"""The Socket.IO server: transport, rooms, every emit."""
