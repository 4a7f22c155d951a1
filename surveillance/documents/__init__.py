"""Documents that people write: strict YAML with the place of every value, and schema errors in plain words."""
