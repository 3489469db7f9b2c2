"""Scenarios by subject. run.py runs one in a process of its own."""
