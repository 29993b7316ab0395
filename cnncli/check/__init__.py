"""The one way from a configuration to a checked network, with all its problems."""
