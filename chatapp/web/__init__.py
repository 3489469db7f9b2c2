"""What browsers and API clients reach: pages, HTTP API, Socket.IO commands."""
