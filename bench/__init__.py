"""Measure the server: real processes, real sockets, one machine (docs/benchmarks.md)."""
