"""The `architecture:` section, in either form, to a chain of typed and named layers."""

from collections import Counter
from collections.abc import Sequence

from .defaults import apply_defaults, read_defaults
from .document import Document
from .expand import TooManyLayers, expand
from .faults import Faults, Path, show, write_path
from .list_form import ListReader
from .pattern_form import read_pattern
from .specification import LayerSpec
from .validation import validate
from .variables import Variables
from .written import Group, Written

_PATH: Path = ("architecture",)


def read_architecture(document: Document, faults: Faults) -> tuple[LayerSpec, ...]:
    """The file's layers in order; what is at fault is reported, and its `layer` is None."""
    before = len(faults)
    variables = Variables.of(document, faults)
    root = _read(document, variables, faults)
    try:
        layers = expand(root)
    except TooManyLayers as error:
        faults.add(error.place, error.path, str(error))
        layers = []
    readable = len(faults) == before
    if readable and not layers:
        faults.add(document.place(_PATH), _PATH, "the architecture has no layers")
    defaults = read_defaults(document, variables, faults)
    if readable:
        variables.report_unused(document, faults)
    layers = apply_defaults(layers, defaults, document, faults, check_lengths=readable)
    names = _names(layers, faults)
    return tuple(_check(layer, name, faults) for layer, name in zip(layers, names, strict=True))


def _read(document: Document, variables: Variables, faults: Faults) -> Group:
    written = document.value.get("architecture")
    place = document.place(_PATH)
    if isinstance(written, str):
        return read_pattern(written, _PATH, document, variables, faults)
    if isinstance(written, list):
        items = ListReader(document, variables, faults).items(written, _PATH)
        return Group(items, 1, place, _PATH)
    if "architecture" not in document.value:
        message = "architecture is missing; the shortest is architecture: INPUT-CONV-RELU-POOL-FC"
    elif written is None:
        message = "the architecture is empty; the shortest is INPUT-CONV-RELU-POOL-FC"
    elif isinstance(written, dict):
        message = "the architecture is a list or a pattern; begin each layer with '- '"
    else:
        message = f"the architecture must be a pattern or a list of layers, not {show(written)}"
    faults.add(place, _PATH, message)
    return Group((), 1, place, _PATH)


def _names(layers: Sequence[Written], faults: Faults) -> list[str]:
    """Each layer's name: as given, or its kind with its number among the layers of the kind."""
    counts: Counter[str] = Counter()
    automatic = []
    for layer in layers:
        counts[layer.kind] += 1
        automatic.append(f"{layer.kind.lower()}{counts[layer.kind]}")
    taken = {auto for auto, layer in zip(automatic, layers, strict=True) if layer.name is None}
    names = []
    for auto, layer in zip(automatic, layers, strict=True):
        if layer.name is not None and layer.name in taken and layer.name_place:
            message = f"the name '{layer.name}' is that of another layer; a name is used once"
            faults.add(layer.name_place, write_path((*layer.path[:-1], "name")), message)
        taken.add(layer.name or auto)
        names.append(layer.name or auto)
    return names


def _check(written: Written, name: str, faults: Faults) -> LayerSpec:
    """The layer with its hyperparameters typed, or None for it and every fault reported."""
    path = f"{_PATH[0]}: {name}" if written.in_pattern else write_path(written.path)
    layer = None
    if written.family is not None:
        layer, found = validate(written.family, dict(written.values), written.kind)
        for fault in found:
            place = written.places.get(str(fault.path[0]) if fault.path else "", written.place)
            inner = path if written.in_pattern else write_path((*written.path, *fault.path))
            faults.add(place, inner, fault.message, layer=name)
    return LayerSpec(
        written.kind,
        name,
        None if written.faulty else layer,
        path,
        written.place,
        written.places,
    )
