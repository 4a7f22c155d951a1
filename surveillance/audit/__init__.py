"""What shows that alerts are what the rules of their day made of the events: differences, releases, the log, replay."""
