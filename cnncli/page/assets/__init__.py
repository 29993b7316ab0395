"""What a page is written with: its scripts and its style, as files of the package."""

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file here; empty where there is none."""
    file = files(__name__).joinpath(name)
    return file.read_text("utf-8") if file.is_file() else ""
