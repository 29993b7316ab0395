"""The `architecture:` section, in either form, to typed and named layers with their inputs."""

from pathlib import PurePath
from typing import NamedTuple

from cnncli.config.asked_layers import answer, type_values
from cnncli.config.expression.expression import Expression
from cnncli.config.pattern.pattern_reader import read_pattern
from cnncli.config.placement.expand import TooManyLayers, expand
from cnncli.config.placement.known_sizes import ImagesNeeded, Volumes
from cnncli.config.placement.references import Network
from cnncli.config.rows import Link
from cnncli.config.source_text.document import Document
from cnncli.config.specification import Decision, LayerSpec, Site
from cnncli.config.translation.meanings import constant, rewrite
from cnncli.layers.base import Context
from cnncli.problems import Path, write_path
from cnncli.text import show

from .block_use import Group, Items
from .blocks import Blocks
from .defaults import apply_defaults, read_defaults
from .list_form import read_list
from .origins import Frame, Origins
from .reader import Reader
from .variables import Variables
from .written import WrittenLayer

_PATH: Path = ("architecture",)


class Architecture(NamedTuple):
    """The file's layers in order, what each `from:` means, and what was decided of conditions.

    needs_images: the sizes of images must be known to read on; the first layer alone is here.
    """

    layers: tuple[LayerSpec, ...]
    links: tuple[Link, ...] = ()
    decisions: tuple[Decision, ...] = ()
    needs_images: bool = False


def read_architecture(document: Document, context: Context) -> Architecture:
    """The file's network; what is wrong is reported, and the `layer` of such a text is None.

    context: what the file and the images give to layers that leave a hyperparameter open.
    """
    problems = document.problems
    before = len(problems)
    variables = Variables.of(document)
    blocks = Blocks.of(document, variables)
    items = _read(Reader(document, variables, blocks, read_pattern, read_list))
    frame = Frame(document, variables)
    whole = Group(items, 1, document.place(_PATH), _PATH)
    readable = len(problems) == before
    defaults = read_defaults(document, variables)
    before = len(problems)
    volumes = Volumes(defaults, context)
    network = Network(volumes)
    try:
        expand(whole, frame, network)
    except TooManyLayers as error:
        problems.add(error.place, error.path, str(error))
        volumes.layers.clear()
    except ImagesNeeded:
        return Architecture(_without_images(volumes.layers, document), needs_images=True)
    layers = volumes.layers
    readable = readable and len(problems) == before
    if readable and not layers:
        document.report(_PATH, "the architecture has no layers")
    if readable:
        for section, unused in (("variables", variables.unused), ("blocks", blocks.unused)):
            for name in unused:
                message = f"the {section[:-1]} {name} is used nowhere in the architecture"
                document.report((section, name), message, "warning", at_key=True)
    apply_defaults(layers, defaults, frame, check_lengths=readable)
    try:
        found = tuple(_check(layer, document, volumes) for layer in layers)
    except ImagesNeeded:
        return Architecture(_without_images(layers, document), needs_images=True)
    return Architecture(found, tuple(network.links), tuple(network.decisions))


def _without_images(layers: list[WrittenLayer], document: Document) -> tuple[LayerSpec, ...]:
    """The first layer, of whose size all others depend."""
    return tuple(_check(layer, document, None) for layer in layers[:1])


def _read(reader: Reader) -> Items:
    document = reader.document
    written = document.value.get("architecture")
    if isinstance(written, str | list):
        return reader.sequence(written, _PATH)
    if "architecture" not in document.value and "blocks" in document.value:
        name = PurePath(document.source.file).name
        use = f"another file beside it has them by blocks: {{from: {name}}}"
        message = f"architecture is missing: this file holds blocks for others; {use}"
    elif "architecture" not in document.value:
        message = "architecture is missing; the shortest is architecture: INPUT-CONV-RELU-POOL-FC"
    elif written is None:
        message = "the architecture is empty; the shortest is INPUT-CONV-RELU-POOL-FC"
    elif isinstance(written, dict):
        message = "the architecture is a list or a pattern; begin each layer with '- '"
    else:
        message = f"the architecture must be a pattern or a list of layers, not {show(written)}"
    document.report(_PATH, message)
    return ()


def _check(written: WrittenLayer, document: Document, volumes: Volumes | None) -> LayerSpec:
    """The layer with its hyperparameters typed, or None for it and every problem reported.

    Those that depend on the sizes of others are as `volumes` are; where they do not fit or are not
    known, the graph says so, and the layer holds others.
    """
    name, path = written.full_name, write_path(written.path)
    if written.in_pattern:
        path = f"{path}: {name}"
    family = written.word.family
    layer, found = type_values(family, written.values, written.asks) if family else (None, [])
    meant = {str(problem.path[0]): problem.meant.value for problem in found if problem.meant}
    if family and meant:
        layer, _ = type_values(family, written.values | meant, written.asks)
    asks = written.all_asks(layer) if layer else {}
    if layer and asks and volumes:
        layer = answer(layer, asks, volumes.outputs())[0] or layer
    for problem in found:
        if problem.missing and written.is_wrong:
            continue
        key = str(problem.path[0]) if problem.path else ""
        origin = constant(written, key) if problem.meant else None
        place = origin.place if origin else written.places.get(key, written.place)
        inner = path if written.in_pattern else write_path((*written.path, *problem.path))
        message = written.explain(problem)
        fixes = rewrite(written, key, problem.meant, document)
        document.problems.add(place, inner, message, layer=name, fixes=fixes)
    return LayerSpec(
        kind=written.kind,
        name=name,
        layer=None if written.is_wrong else layer,
        path=path,
        place=written.place,
        places=written.places,
        inputs=written.inputs,
        site=Site(written.path, written.offset, document.file(written.path)),
        is_shared=written.path in document.anchored,
        formulas=_formulas(written),
        row=written.row,
        origins=Origins(written.searches) if written.searches else {},
        asks=asks,
    )


def _formulas(written: WrittenLayer) -> dict[str, str]:
    formulas = {key: given.formula for key, given in written.given.items()}
    return {
        key: formula if isinstance(formula, str) else " ".join(formula.text.split())
        for key, formula in formulas.items()
        if isinstance(formula, str | Expression)
    }
