"""The site of `make docs`: pages link to files of the repository, so these are in the site too.

README.md is its home. Every other file outside docs/ that a page links to gets a page below
`files/`: Markdown as it is, source text as a block.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
_TARGET = re.compile(r"(?<=\]\()(?!https?:)[^)\s#]+")
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".jsonl": "json"}
_paths: dict[str, Path] = {}
"""By place in the site, the files of the repository."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the home and all files that are linked to, in any number of steps."""
    _paths.clear()
    ways = [ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]
    while ways:
        path = ways.pop()
        place = _place(path)
        if place in _paths:
            continue
        _paths[place] = path
        if not path.is_relative_to(ROOT / "docs"):
            files.append(File.generated(config, place, content=_content(path)))
        if path.suffix == ".md":
            ways += [_aim(path, target) for target in _TARGET.findall(path.read_text())]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lets links lead to the places in the site."""
    path, here = _paths[page.file.src_uri], os.path.dirname(page.file.src_uri)
    if path.suffix != ".md":
        return markdown

    def place(target: re.Match[str]) -> str:
        return os.path.relpath(_place(_aim(path, target[0])), here or ".")

    return _TARGET.sub(place, markdown)


def _aim(page: Path, target: str) -> Path:
    return (page.parent / target).resolve()


def _place(path: Path) -> str:
    """Where a file of the repository is in the site."""
    if path == ROOT / "README.md":
        return "index.md"
    if path.is_relative_to(ROOT / "docs"):
        return path.relative_to(ROOT / "docs").as_posix()
    return f"files/{path.relative_to(ROOT).as_posix()}" + ("" if path.suffix == ".md" else ".md")


def _content(path: Path) -> str:
    text = path.read_text()
    if path.suffix == ".md":
        return text
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return "\n\n".join(map(_cell, cells))
    head = (
        f"---\nsearch: {{exclude: true}}\nhide: [toc]\n---\n# {path.relative_to(ROOT).as_posix()}\n"
    )
    return f"{head}\n`````{_LANGUAGES.get(path.suffix, 'text')}\n{text}`````\n"


def _cell(cell: dict[str, Any]) -> str:
    """A cell of a notebook as Markdown."""
    source = "".join(cell["source"])
    return source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```"
