"""The engine: detectors measure what can be decided, rules judge, episodes become findings."""
