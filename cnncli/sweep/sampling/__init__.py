"""How values are chosen from a space, found by scanning this folder: there is no list."""
