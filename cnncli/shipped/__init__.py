"""What comes with the program: configurations, and the digits.

The project keeps them in `configs/` and `data/digits/`; setup.py puts them into this folder of a
wheel.
"""
