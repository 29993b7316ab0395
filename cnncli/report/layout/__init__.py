"""How text fits a terminal: words, columns, repeated blocks, and parts below each other."""
