"""What shows when all of a layer is read: values in another program's form, several sources."""

from typing import Any

from cnncli.config.network.names import find_key, meant_family, unknown_hyperparameter
from cnncli.config.network.written import BESIDE, WrittenLayer
from cnncli.config.source_text.document import Document
from cnncli.config.specification import Origin
from cnncli.layers.input import Input
from cnncli.layers.meant import Meant
from cnncli.problems import Edit, Fix, Place
from cnncli.text import show

from .several_parts import are_parts, explain_parts


def constant(written: WrittenLayer, key: str) -> Origin | None:
    """Where the value of a hyperparameter is written that stands there by a name."""
    given, search = written.given.get(key), written.searches.get(key)
    return search() if given and search and isinstance(given.formula, str) else None


def rewrite(
    written: WrittenLayer, key: str, meant: Meant | None, document: Document
) -> tuple[Fix, ...]:
    """The fix that writes what the value of a hyperparameter means where it is written.

    Empty where it means nothing here.
    """
    if meant is None:
        return ()
    shown, value = written.kind if written.word.family is Input else key, meant.value
    places = [written.place, written.places.get(key, written.place)]
    edit = Edit(written.path, written.offset, key, value, document.file(written.path))
    if origin := constant(written, key):
        shown, places, edit = origin.field, [origin.place], origin.edit(value)
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else value
    overridden = any(place.line is None for place in places)
    return (Fix(f"{shown}: {text}", "", meant.note, None if overridden else edit),)


def report_form(written: WrittenLayer) -> None:
    """Reports several sources of a layer that reads one, and what is no hyperparameter of it.

    Keys are explained of a layer too that has another name here.
    """
    family = written.word.family
    targets = [reference.target for reference in written.sources]
    if family and not family.is_join:
        product = f"a product of volumes is MUL(from=[{', '.join(map(str, targets))}])"
        written.report_several_sources(
            written.kind, product if family.spelling.name == "SCALE" else ""
        )
    for key, value, _, place in written.unset:
        if key == "name":
            written.set_name(value, place)
    meant = family or meant_family(written.text)
    for key, value, key_place, place in written.unset if meant else ():
        if meant and meant.spelling.name == "SPLIT" and are_parts(key, value):
            written.report(key_place, explain_parts(value, written.name, targets), key)
        elif key is None:
            _report_lone(written, value, place)
        elif key in BESIDE:
            beside = f"{{{written.kind.lower()}: ..., {key}: ...}}"
            written.report(key_place, f"'{key}' stands beside the layer: {beside}", key)
        elif meant and not find_key(meant, key):
            written.report(key_place, unknown_hyperparameter(meant, key), key)


def _report_lone(written: WrittenLayer, value: Any, place: Place) -> None:
    """Reports a value without a key of a layer that takes none."""
    family = written.word.family
    if family is None:
        return
    is_list = family.is_join and isinstance(value, list)
    hint = "; what it joins stands beside it, in from:" if is_list else ""
    message = f"{written.kind} takes no value without a key, {show(value)} is one{hint}"
    written.report(place, message)
