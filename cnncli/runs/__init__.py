"""Runs beside each other: found in a folder, compared, repeated with other seeds and folds."""
