"""The HTTP API: one module for each kind of resource, each with a blueprint."""
