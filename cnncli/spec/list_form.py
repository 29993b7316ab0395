"""A list of layers in the file to written layers: one key for each, names, repeats, groups."""

from dataclasses import dataclass
from typing import Any

from .document import Document
from .faults import Faults, Path, show, write_path
from .pattern_form import read_pattern
from .suggest import listed
from .variables import MAX_LAYERS, Variables
from .vocabulary import find_key, read_word
from .written import Group, Writer, Written

Items = tuple[Written | Group, ...]

_BESIDE = ("name", "repeat", "layers")
_EXAMPLES = "write '- relu', '- fc: 10' or '- conv: {K: 32, F: 5}'"


@dataclass(frozen=True)
class ListReader:
    """Reads the items of lists; what is wrong with them goes to `faults`."""

    document: Document
    variables: Variables
    faults: Faults

    def items(self, items: list[Any], path: Path) -> Items:
        """The layers and groups of a list."""
        if len(items) > MAX_LAYERS:
            self.fault(path, f"{len(items):,} items; at most {MAX_LAYERS:,} layers are allowed")
            return ()
        found = (self.item(item, (*path, i)) for i, item in enumerate(items))
        return tuple(item for item in found if item is not None)

    def item(self, item: Any, path: Path) -> Written | Group | None:
        """A pattern, a group or a layer."""
        if isinstance(item, str):
            return read_pattern(item, path, self.document, self.variables, self.faults)
        if isinstance(item, list):
            return Group(self.items(item, path), 1, self.document.place(path), path)
        if isinstance(item, dict):
            return self.mapping(item, path)
        what = "this item is empty" if item is None else f"{show(item)} is no layer"
        self.fault(path, f"{what}; {_EXAMPLES}")
        return None

    def mapping(self, item: dict[str, Any], path: Path) -> Written | Group | None:
        """`repeat:` with `layers:`, or one layer, with `name:` and `repeat:` beside it."""
        others = [key for key in item if key not in _BESIDE]
        if "layers" in item:
            return self.group(item, others, path)
        if len(others) != 1:
            self.not_one_layer(others, path)
            return None
        layer = self.layer(others[0], item, path)
        return self.repeated((layer,), item, path) if "repeat" in item else layer

    def group(self, item: dict[str, Any], others: list[str], path: Path) -> Group:
        for key in [*others, *(["name"] if "name" in item else [])]:
            message = f"{show(key)} stands beside layers; a group has only repeat and layers"
            self.faults.add(self.document.key_place((*path, key)), path, message)
        inner = (*path, "layers")
        layers = item["layers"]
        found: Items = ()
        if isinstance(layers, str):
            found = (read_pattern(layers, inner, self.document, self.variables, self.faults),)
        elif isinstance(layers, list) and layers:
            found = self.items(layers, inner)
        else:
            self.fault(inner, f"layers must be a list of layers or a pattern, not {show(layers)}")
        return self.repeated(found, item, path)

    def repeated(self, items: Items, item: dict[str, Any], path: Path) -> Group:
        inner = (*path, "repeat")
        repeat, fault = self.variables.repeat(item.get("repeat", 1))
        if fault:
            self.fault(inner, fault)
        return Group(items, repeat, self.document.place(inner), inner)

    def not_one_layer(self, others: list[str], path: Path) -> None:
        """An item with no layer in it, with two, or with a hyperparameter beside the layer."""
        if not others:
            self.fault(path, f"this item names no layer; {_EXAMPLES}")
            return
        family = read_word(others[0]).family
        for key in others[1:]:
            if family and find_key(family, key):
                message = f"{show(key)} stands beside {others[0]}; indent it deeper, or write "
                message += f"{others[0]}: {{{key}: ...}}"
            else:
                message = (
                    f"{listed(map(show, others))} stand in one item; begin each layer with '- '"
                )
            self.faults.add(self.document.key_place((*path, key)), path, message)

    def layer(self, word: str, item: dict[str, Any], path: Path) -> Written:
        inner = (*path, word)
        place, value = self.document.key_place(inner), item[word]
        writer = Writer(word, inner, place, False, self.faults)
        if isinstance(value, dict):
            for key, given in value.items():
                where = (*inner, key)
                writer.keyed(
                    key,
                    self.variables.value(given),
                    self.document.key_place(where),
                    self.document.place(where),
                )
        elif value is not None:
            writer.positional(self.variables.value(value), self.document.place(inner))
        name = self.name(item, path)
        return writer.written(name, self.document.place((*path, "name")))

    def name(self, item: dict[str, Any], path: Path) -> str | None:
        name = item.get("name")
        if "name" not in item:
            return None
        words = str(name).replace("-", "_")
        if isinstance(name, str) and words.isidentifier():
            return name
        message = f"a layer's name must be a word of letters, digits, _ and -, not {show(name)}"
        self.fault((*path, "name"), message)
        return None

    def fault(self, path: Path, message: str) -> None:
        self.faults.add(self.document.place(path), write_path(path), message)
