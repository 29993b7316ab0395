"""Where the lines of metrics.jsonl go besides, found by scanning this folder: there is no list."""
