"""The arithmetic: NumPy on batches in NHWC order, and nothing that knows of layers or files."""
