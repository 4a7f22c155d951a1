"""The command `surveil`: one file a verb; whatever is slow to import is imported when a verb runs."""
