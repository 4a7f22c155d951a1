"""The store of alerts: SQLite by default, PostgreSQL by URL; written once, revised visibly, never rewritten."""
