"""Convolutions: every way to compute one, and the model of costs that chooses."""
