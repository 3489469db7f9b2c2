"""The formats of exports and imports."""
