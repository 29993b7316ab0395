"""Train convolutional networks that are described in a YAML file, on the CPU, with NumPy."""

__version__ = "0.1.0"
