"""The database: engine, tables, token log."""
