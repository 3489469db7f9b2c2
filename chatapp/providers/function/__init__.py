"""A Python function as a provider: the parent's side of its process."""
