"""A whole configuration as JSON Schema, for editors: its sections, layers by kind, patterns."""
