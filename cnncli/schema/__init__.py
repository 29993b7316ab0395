"""Hyperparameters as dataclass fields: types of values, validation, and descriptions for people."""
