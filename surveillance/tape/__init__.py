"""The tape: ordered columns, sliding windows, spans and revisions."""
