"""What comes with the program: configurations, the digits, and the schema of configurations.

The project keeps the first two in `configs/` and `data/digits/`; setup.py puts them into this
folder of a wheel. The schema lies here; `make pages` renews it.
"""
