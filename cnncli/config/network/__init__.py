"""The network section: lists, blocks, variables, defaults and references between layers."""
