"""Which trials are ended early, found by scanning this folder: there is no list."""
