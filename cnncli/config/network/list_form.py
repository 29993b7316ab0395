"""A list of layers in the file to written layers: one key for each, names, repeats, groups."""

from typing import Any

from cnncli.bounds import MAX_LAYERS
from cnncli.problems import Path
from cnncli.text import join_words, show

from .block_use import BlockUse, Group, Items
from .condition import Condition, read_condition
from .names import find_key, read_word
from .reader import Reader
from .written import BESIDE, WrittenLayer

_BESIDE = (*BESIDE, "repeat", "layers")
_EXAMPLES = "write '- relu', '- fc: 10' or '- conv: {K: 32, F: 5}'"


def read_list(items: list[Any], path: Path, reader: Reader) -> Items:
    """The layers, groups and blocks of a list that stands at the path."""
    if len(items) > MAX_LAYERS:
        message = f"{len(items):,} items; at most {MAX_LAYERS:,} layers are allowed"
        reader.document.report(path, message)
        return ()
    return tuple(read for i, item in enumerate(items) if (read := _item(item, (*path, i), reader)))


def _item(item: Any, path: Path, reader: Reader) -> WrittenLayer | Group | BlockUse | None:
    if isinstance(item, str):
        return next(iter(reader.sequence(item, path)), None)
    if isinstance(item, dict):
        return _mapping(item, path, reader)
    if item and isinstance(item, list):
        inner = reader.sequence(item, path)
        return Group(inner, 1, reader.document.place(path), path)
    what = "this item is empty" if item is None else f"{show(item)} is not a layer"
    what = "this group is empty" if item == [] else what
    reader.document.report(path, f"{what}; {_EXAMPLES}")
    return None


def _mapping(
    item: dict[str, Any], path: Path, reader: Reader
) -> WrittenLayer | Group | BlockUse | None:
    """`repeat:` with `layers:`, or one layer, with `name:`, `from:`, `if:` and `repeat:`."""
    others = [key for key in item if key not in _BESIDE]
    if "layers" in item:
        return _group(item, others, path, reader)
    if len(others) != 1:
        _not_one_layer(others, path, reader)
        return None
    layer = _layer(others[0], item, path, reader)
    return _repeat((layer,), item, path, reader) if "repeat" in item else layer


def _group(item: dict[str, Any], others: list[str], path: Path, reader: Reader) -> Group:
    for key in [*others, *(key for key in BESIDE if key in item and key != "if")]:
        message = f"{show(key)} stands beside layers; a group has only repeat, if and layers"
        reader.problems.add(reader.document.key_place((*path, key)), path, message)
    inner = (*path, "layers")
    layers = item["layers"]
    found: Items = ()
    if isinstance(layers, str) or (isinstance(layers, list) and layers):
        found = reader.sequence(layers, inner)
    else:
        message = f"layers must be a list of layers or a pattern, not {show(layers)}"
        reader.document.report(inner, message)
    return _repeat(found, item, path, reader, _condition(item, path, reader))


def _condition(item: dict[str, Any], path: Path, reader: Reader) -> Condition | None:
    if "if" not in item:
        return None
    document, where, written = reader.document, (*path, "if"), item["if"]
    place = document.locate(where, written)
    return read_condition(written, where, place, reader.variables, document.problems)


def _repeat(
    items: Items,
    item: dict[str, Any],
    path: Path,
    reader: Reader,
    condition: Condition | None = None,
) -> Group:
    inner = (*path, "repeat")
    repeat, problem = reader.variables.repeat(item.get("repeat", 1))
    if problem:
        reader.document.report(inner, problem)
    place = reader.document.place(inner)
    numbered = "repeat" in item
    return Group(items, repeat, place, inner, numbered=numbered, condition=condition)


def _not_one_layer(others: list[str], path: Path, reader: Reader) -> None:
    """An item with no layer in it, with two, or with a hyperparameter beside the layer."""
    if not others:
        reader.document.report(path, f"this item names no layer; {_EXAMPLES}")
        return
    family = read_word(others[0]).family
    for key in others[1:]:
        if family and find_key(family, key):
            message = f"{show(key)} stands beside {others[0]}; indent it deeper, or write "
            message += f"{others[0]}: {{{key}: ...}}"
        else:
            words = join_words(map(show, others))
            message = f"{words} stand in one item; begin each layer with '- '"
        reader.problems.add(reader.document.key_place((*path, key)), path, message)


def _layer(word: str, item: dict[str, Any], path: Path, reader: Reader) -> WrittenLayer | BlockUse:
    document = reader.document
    inner = (*path, word)
    written = reader.begin(word, inner, document.key_place(inner))
    written.set_values(item[word], document, reader.variables)
    if "name" in item:
        written.set_name(item["name"], document.place((*path, "name")))
    if "from" in item:
        where, sources = (*path, "from"), item["from"]
        count = len(sources) if isinstance(sources, list) else 1
        places = [document.place((*where, i)) for i in range(count)]
        written.set_sources(sources, places or [document.place(where)])
    written.condition = _condition(item, path, reader)
    return reader.finish(written)
