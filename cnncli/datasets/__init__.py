"""Data sets: files in, arrays out."""
