"""From YAML text to a typed specification in which every value knows its place."""
