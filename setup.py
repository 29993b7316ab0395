"""Puts the configurations and the digits into the package; all else stands in pyproject.toml."""

from setuptools import find_packages, setup

SHIPPED = {
    "cnncli.shipped.configs": "configs",
    "cnncli.shipped.data.digits": "data/digits",
}
FILES = ["*", "*/*"]  # configs/ has files of blocks in a folder
setup(
    packages=[*find_packages(include=["cnncli*"]), *SHIPPED],
    package_dir=SHIPPED,
    package_data={
        "cnncli": ["py.typed"],
        "cnncli.shipped": ["*.json"],
        "cnncli.page.assets": ["*.css", "*.js"],
        **dict.fromkeys(SHIPPED, FILES),
    },
)
