"""Where events come from: one file a format, and the sources that a run reads."""
