"""Networks and their weights in other programs' formats, written and read."""
