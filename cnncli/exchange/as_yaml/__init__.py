"""Networks as text of configurations: a list of layers, or folded to patterns and blocks."""
