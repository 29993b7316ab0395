"""Arithmetic and conditions in configurations: symbols, syntax, evaluation over exact fractions."""
