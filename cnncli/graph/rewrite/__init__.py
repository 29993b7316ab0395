"""A network as another one with the same function."""
