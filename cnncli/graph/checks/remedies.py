"""A change in words, and as an edit of the file."""

from collections.abc import Sequence

from cnncli.config.network.rewiring import Wiring
from cnncli.config.specification import LayerSpec
from cnncli.layers.conv import Conv
from cnncli.problems import Edit

from .candidates import WHOLE_CROP, Change, Setting
from .constants import constant_of
from .joins import Renamed
from .shortcuts import Inserted


def describe(change: Change, index: int, layers: Sequence[LayerSpec]) -> str:
    """What a person is told to write, to mend the layer at the index."""
    if change.at == WHOLE_CROP.at:
        return f"{change.field}: {change.value} for the whole file"
    written = layers[change.at]
    if isinstance(change.value, Renamed):
        return f"{change.value} in the place of {written.kind}"
    if isinstance(change.value, Inserted):
        source = (written.inputs or ())[change.value.number]
        return f"{change.value} between '{source}' and {written.kind}"
    if change.field == "size":
        return f"INPUT: {change.value}"
    return ", ".join(_tell(setting, index, layers) for setting in change.settings)


def _tell(setting: Setting, index: int, layers: Sequence[LayerSpec]) -> str:
    """A value, and where it is written if that is not the text of the layer at the index."""
    written = layers[setting.at]
    origin = constant_of(setting, layers)
    place = origin.place if origin else written.place
    field = origin.field if origin else setting.field
    text = f"{field}: {setting.constant}"
    if setting.at != index:
        text += f" of '{written.name}'"
    elif origin is None:
        return text
    if place.line is None:
        return text
    is_here = place.file == layers[index].place.file
    return f"{text}, line {place.line}" if is_here else f"{text}, {place}"


def edit_of(change: Change, copies: Sequence[int], wiring: Wiring) -> Edit | None:
    """What must be written; None where it does not stand in the file, or cannot be said there.

    copies: all layers that are the one text of the change's.
    """
    if change.at == WHOLE_CROP.at:
        return Edit((), None, change.field, change.value)
    if isinstance(change.value, Renamed):
        return wiring.change_family(copies, type(change.value.layer))
    if isinstance(change.value, Inserted):
        text = str(change.value)
        return wiring.insert(copies, change.value.number, Conv.spelling.name, text)
    edits = [_value(setting, wiring.layers) for setting in change.settings]
    if None in edits:
        return None
    first, *others = (edit for edit in edits if edit)
    return first._replace(also=tuple(others))


def _value(setting: Setting, layers: Sequence[LayerSpec]) -> Edit | None:
    at, name, value, *_ = setting
    written = layers[at]
    if origin := constant_of(setting, layers):
        return origin.edit(setting.constant) if origin.place.line else None
    site = written.site
    places = (written.place, written.places.get(name, written.place))
    if site is None or any(place.line is None for place in places):
        return None  # an override has set it
    return Edit(site.path, site.offset, name, value, site.file)
