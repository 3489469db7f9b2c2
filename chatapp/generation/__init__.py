"""Answers while they are written: from the provider's stream to the stored message."""
