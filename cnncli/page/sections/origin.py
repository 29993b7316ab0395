"""How it was made: the command, versions, the machine, the images, and the configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from os.path import basename
from pathlib import Path
from typing import Any

from cnncli.config.source_text.dump import dump
from cnncli.config.specification import Specification
from cnncli.page.elements import Content, element, scrolling
from cnncli.page.material.record import about, command, told
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.text import ForeignPath, count
from cnncli.training.storage.environment import machine, versions

TITLE = "How it was made"


def origin(subject: Subject) -> Section:
    """Everything that repeats it elsewhere; no path, no user and no machine's name."""
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in _facts(subject) if value
    ]  # fmt: skip
    body: list[Content] = [
        element("p", "With the same command, versions, kind of processor and number of threads "
                "the same bits come out; elsewhere sums may be rounded otherwise."),
        element("pre", element("code", command(subject))),
        scrolling(element("table", *rows), "What it was made with"),
        element("h3", "Configuration"),
        element("p", "With every hyperparameter, defaults included. Of paths the last names are "
                "left: data.root is where the images are."),
        element("pre", element("code", complete(subject)), tabindex="0"),
    ]  # fmt: skip
    return Section("origin", TITLE, body)


def complete(subject: Subject) -> str:
    """The whole configuration as YAML, with the last names of its paths."""
    spec = subject.spec
    return dump(_without_folders(spec), [(node.name, node.layer) for node in subject.graph.nodes])


def _without_folders(spec: Specification) -> Specification:
    data, start = spec.data, spec.train.start
    if data and data.root:
        spec = replace(spec, data=replace(data, root=_last(data.root)))
    if start:
        start = replace(start, run=_last(start.run))
        spec = replace(spec, train=replace(spec.train, start=start))
    return spec


def _last(path: Path) -> Path:
    return ForeignPath(basename(path) or "data")


def _facts(subject: Subject) -> Iterator[tuple[str, str]]:
    """Names and values; empty where a value is not known."""
    if subject.directory:
        found = about(subject.directory)
        yield "begun", told(found, "started")
        yield from _data(subject)
        yield from _made(found.get("versions"), found.get("machine"))
        yield "threads", told(found, "threads") or f"{subject.spec.train.threads or ''}"
        yield "begun with", told(found, "start", "sha256")
    else:
        yield from _made(versions(), machine())
    yield "seed", f"{subject.spec.train.seed}"


def _made(of: object, on: object) -> Iterator[tuple[str, str]]:
    yield "cnncli", told(of, "cnncli")
    yield "Python", told(of, "python")
    yield "NumPy", told(of, "numpy")
    blas = of.get("blas") if isinstance(of, Mapping) else None
    for library in blas if isinstance(blas, list) else ():
        parts = (told(library, key) for key in ("internal_api", "version", "architecture"))
        yield "BLAS", " ".join(filter(None, parts))
    yield "system", told(on, "system")
    yield "processor", told(on, "processor")
    yield "cores", told(on, "cores")


def _data(subject: Subject) -> Iterator[tuple[str, str]]:
    if subject.saved is None:
        return
    data: Any = subject.saved.checkpoint.data
    stand_in = f", a stand-in for {data.stand_in_for}" if data.stand_in_for else ""
    yield "images", f"{data.name}{stand_in}, {count(len(data.classes), 'class', 'classes')}"
    yield "SHA-256 of the images", data.digest
    yield "damaged files left out", f"{data.damaged or ''}"
