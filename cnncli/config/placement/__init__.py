"""Layers in their places: names, what they read, conditions, and sizes as far as they are known."""
