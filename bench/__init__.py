"""Benchmarks of the server with real processes and sockets, on one machine (docs/benchmarks.md)."""
