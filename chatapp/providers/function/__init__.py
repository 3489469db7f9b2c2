"""A Python function as a provider: the server's side of its process."""
