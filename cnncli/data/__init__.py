"""Batches from a data set: found and loaded, split, normalized, augmented, in order."""
