"""What a detector is: the abstract base, its declarations and the helpers that make most detectors short."""
