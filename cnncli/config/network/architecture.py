"""The `architecture:` section, in either form, to typed and named layers with their inputs."""

from pathlib import PurePath

from cnncli.config.pattern.pattern_reader import read_pattern
from cnncli.config.source_text.document import Document
from cnncli.config.specification import LayerSpec, Site
from cnncli.problems import Path, write_path
from cnncli.schema.validation import validate
from cnncli.text import show

from .block_use import Group, Items
from .blocks import Blocks
from .defaults import apply_defaults, read_defaults
from .expand import TooManyLayers, expand
from .list_form import read_list
from .meanings import constant, rewrite
from .origins import Frame, Origins
from .reader import Reader
from .variables import Variables
from .written import WrittenLayer

_PATH: Path = ("architecture",)


def read_architecture(document: Document) -> tuple[LayerSpec, ...]:
    """The file's layers in order; what is wrong is reported, and its `layer` is None."""
    problems = document.problems
    before = len(problems)
    variables = Variables.of(document)
    blocks = Blocks.of(document, variables)
    items = _read(Reader(document, variables, blocks, read_pattern, read_list))
    frame = Frame(document, variables)
    whole = Group(items, 1, document.place(_PATH), _PATH)
    try:
        layers = expand(whole, frame)
    except TooManyLayers as error:
        problems.add(error.place, error.path, str(error))
        layers = []
    readable = len(problems) == before
    if readable and not layers:
        document.report(_PATH, "the architecture has no layers")
    defaults = read_defaults(document, variables)
    if readable:
        for section, unused in (("variables", variables.unused), ("blocks", blocks.unused)):
            for name in unused:
                message = f"the {section[:-1]} {name} is used nowhere in the architecture"
                document.report((section, name), message, "warning", at_key=True)
    apply_defaults(layers, defaults, frame, check_lengths=readable)
    return tuple(_check(layer, document) for layer in layers)


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


def _check(written: WrittenLayer, document: Document) -> LayerSpec:
    """The layer with its hyperparameters typed, or None for it and every problem reported."""
    name, path = written.full_name, write_path(written.path)
    if written.in_pattern:
        path = f"{path}: {name}"
    family = written.word.family
    layer, found = validate(family, written.values, written.kind) if family else (None, [])
    meant = {str(problem.path[0]): problem.meant.value for problem in found if problem.meant}
    if family and meant:
        layer, _ = validate(family, written.values | meant, written.kind)
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
        origins=Origins(written.searches) if written.searches else {},
    )
