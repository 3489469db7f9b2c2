"""The server process: concurrency, workers, their files and metrics."""
