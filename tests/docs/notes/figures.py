"""The pictures of docs/notes/, which `make figures` renews.

Each is a figure that `cnn report` writes of a network of its page, or a drawing of sketches.py.
"""

from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from cnncli.api.network import Network
from cnncli.page.assets import asset
from cnncli.page.elements import svg_file
from tests.docs.notes.sketches import figure8, im2col
from tests.docs.transcripts import CORES, ROOT, files_of

NOTES = ROOT / "docs" / "notes"
PICTURES = NOTES / "pictures"


class Figure(NamedTuple):
    """A file that `cnn report` writes, of a configuration that comes with cnn or is on the page."""

    page: str
    configuration: str
    name: str


DRAWN = {
    "plain-network": Figure("fully-connected", "plain.yaml", "network"),
    "notes-network": Figure("fully-connected", "notes", "network"),
    "window-network": Figure("local-connectivity", "window.yaml", "network"),
    "alexnet-network": Figure("alexnet", "alexnet", "network"),
    "convolution": Figure("numpy", "demo.yaml", "convolution"),
    "pooling": Figure("pooling", "notes", "pooling"),
    "vgg16-network": Figure("fc-conv", "vgg16", "network"),
    "resnet20-network": Figure("patterns", "resnet20", "network"),
    "vgg16-memory": Figure("memory", "vgg16", "cost-memory"),
}
"""Of networks as they are described: the same bytes everywhere."""
TRAINED = {
    "first-columns": Figure("five-layers", "first.yaml", "columns"),
    "first-loss": Figure("five-layers", "first.yaml", "curve-loss"),
    "shared-filters": Figure("sharing", "shared.yaml", "filters-conv1"),
}
"""Of networks that the pages train, whose numbers another processor may round otherwise."""
SKETCHES = {"figure8": figure8, "im2col": im2col}


def draw(figures: Mapping[str, Figure], *, train: bool) -> dict[str, str]:
    """SVG files by their names; a network is trained and reported once for all figures of it."""
    found = {}
    for page, configuration in sorted({figure[:2] for figure in figures.values()}):
        cores = patch("os.sched_getaffinity", return_value=CORES, create=True)
        with TemporaryDirectory() as folder, chdir(folder), cores:
            for name, text in files_of((NOTES / f"{page}.md").read_text()).items():
                Path(name).write_text(text)
            _report(configuration, train=train)
            for name, figure in figures.items():
                if figure[:2] == (page, configuration):
                    found[name] = Path("figures", f"{figure.name}.svg").read_text()
    return found


def sketch() -> dict[str, str]:
    """The drawings of sketches.py as SVG files, by their names."""
    style = asset("figure.css")
    return {name: svg_file(make(), style) for name, make in SKETCHES.items()}


def _report(configuration: str, *, train: bool) -> None:
    """Into figures/ of the current folder."""
    network = Network(configuration)
    if train:
        with network.train(out="run", bar=False) as run:
            run.report(figures="figures")
    else:
        network.report("page.html", figures="figures")


if __name__ == "__main__":
    pictures = draw(DRAWN, train=False) | draw(TRAINED, train=True) | sketch()
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.iterdir():
        old.unlink()
    for name, svg in pictures.items():
        (PICTURES / f"{name}.svg").write_text(svg)
