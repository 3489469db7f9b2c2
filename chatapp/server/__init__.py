"""The server process: concurrency, workers, the instance folder, limits and metrics."""
