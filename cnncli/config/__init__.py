"""Configurations: from YAML text to a typed specification, with the place of every value."""
