"""PyTorch: a network as a module that people read, with its weights beside it."""
