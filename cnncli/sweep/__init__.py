"""Sweeps: many trials of a configuration, whose values are chosen from a space."""
