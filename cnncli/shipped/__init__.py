"""What comes with the program: configurations, the digits, and the schema of configurations.

The project keeps the first two in `configs/` and `data/digits/`; a wheel has them in this folder,
by pyproject.toml. The schema lies here; `make pages` renews it.
"""
