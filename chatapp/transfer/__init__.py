"""Conversations as files: what an export holds, and how a file is read. Knows nothing of the database."""
