"""Looking on while layers compute: the first number that is not finite, and times."""
