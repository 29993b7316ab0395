"""How each family of layers is written in PyTorch, found by scanning this folder."""
