"""Gradients beside central differences in float64, number by number."""
