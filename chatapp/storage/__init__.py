"""Storage: the database, its tables, the token log."""
