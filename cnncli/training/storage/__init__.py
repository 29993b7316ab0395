"""The directory of a run: its files, checkpoints, and the way back into it."""
