"""Several ranks for one batch: processes or threads, and sums in a fixed order."""
