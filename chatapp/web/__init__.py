"""The interface for browsers and API clients: pages, HTTP API, Socket.IO commands."""
