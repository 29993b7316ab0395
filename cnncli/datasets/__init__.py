"""Data sets: files in, arrays of images and labels out."""
