"""Tests of the search's parts, on databases of their own."""
