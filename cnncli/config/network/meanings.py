"""What shows when all of a layer is read: values in another program's form, several sources."""

from cnncli.config.source_text.document import Document
from cnncli.config.specification import Origin
from cnncli.layers.input import Input
from cnncli.layers.meant import Meant
from cnncli.layers.reshape import Scale
from cnncli.problems import Edit, Fix

from .written import WrittenLayer


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
    """Reports several sources of a layer that reads one, and several outputs of a SPLIT."""
    family = written.word.family
    targets = [reference.target for reference in written.sources]
    if written.parts:
        message = written.parts.explain(written.name, targets)
        written.report(written.parts.place, message, written.parts.key)
    elif family and not family.is_join:
        product = f"a product of volumes is MUL(from=[{', '.join(map(str, targets))}])"
        written.report_several_sources(written.kind, product if family is Scale else "")
