"""The detectors that come with the product: a plugin package like any other."""
