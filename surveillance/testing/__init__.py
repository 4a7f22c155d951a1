"""For those who write rules and detectors: tapes written by hand, tests in rules, and the conformance kit."""
