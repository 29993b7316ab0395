"""The data sets that are known by name or by the form of their files."""
