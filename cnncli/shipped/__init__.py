"""What comes with the program: configurations, and the digits.

The project keeps them in `configs/` and `data/digits/`; a wheel has them in this folder,
by pyproject.toml.
"""
