"""The search by its parts, on databases of its own."""
