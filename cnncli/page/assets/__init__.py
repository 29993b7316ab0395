"""What a page is written with: its scripts and its style, as files of the package."""

from functools import cache
from importlib.resources import files


@cache
def asset(name: str) -> str:
    """The text of a file here; empty where there is none."""
    file = files(__name__).joinpath(name)
    return file.read_text("utf-8") if file.is_file() else ""


@cache
def scripts(name: str) -> tuple[str, ...]:
    """The scripts of a part: NAME.js, and those that it is made of, NAME_*.js."""
    found = [file.name for file in files(__name__).iterdir() if file.name.endswith(".js")]
    own = [each for each in found if each == f"{name}.js" or each.startswith(f"{name}_")]
    return tuple(map(asset, sorted(own)))
