"""What shows when all of a layer is read: values in another program's form, several sources."""

from typing import Any

from cnncli.layers.input import Input
from cnncli.layers.reshape import Scale
from cnncli.problems import Edit, Fix

from .written import WrittenLayer


def rewrite(written: WrittenLayer, key: str, meant: Any, note: str) -> Fix:
    """The fix that writes what the value of a hyperparameter means in its place."""
    shown = written.kind if written.word.family is Input else key
    text = f"[{', '.join(map(str, meant))}]" if isinstance(meant, list) else meant
    places = (written.place, written.places.get(key, written.place))
    overridden = any(place.line is None for place in places)
    edit = None if overridden else Edit(written.path, written.offset, key, meant)
    return Fix(f"{shown}: {text}", "", note, edit)


def report_form(written: WrittenLayer) -> None:
    """Reports several sources of a layer that reads one, and several outputs of a SPLIT."""
    family = written.word.family
    targets = [reference.target for reference in written.sources]
    if written.parts:
        message = written.parts.explain(written.name, targets)
        written.report(written.parts.place, message, written.parts.key)
    elif family and not family.is_join:
        product = f"a product of volumes is MUL(from=[{', '.join(map(str, targets))}])"
        written.report_several_sources(written.kind, product if family is Scale else "")
