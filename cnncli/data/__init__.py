"""Data sets: their formats, verification, download, augmentation and batches."""
