"""Several runs of one configuration: seeds, or folds."""
