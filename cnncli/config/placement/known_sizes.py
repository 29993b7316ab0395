"""The sizes of the layers that are placed so far, where an expression asks for one."""

from collections import Counter
from collections.abc import Mapping, Sequence

from cnncli.bounds import MAX_NUMBERS
from cnncli.config.asked_layers import answer, type_values
from cnncli.config.network.defaults import default_values
from cnncli.config.network.names import Family
from cnncli.config.network.written import WrittenLayer
from cnncli.geometry import Volume
from cnncli.layers.base import Context
from cnncli.layers.fitting import complete, fit
from cnncli.layers.input import Input


class ImagesNeeded(Exception):
    """A size is asked for, and follows from images that are not known (yet)."""


class Volumes:
    """The outputs of layers, inferred as in the graph, as far as layers are placed.

    context: what the file gives to layers that leave a hyperparameter open, and the size of the
    images where it is known.
    """

    def __init__(self, defaults: Sequence[WrittenLayer], context: Context) -> None:
        self.layers: list[WrittenLayer] = []
        self._defaults = defaults
        self._context = context
        self._outputs: dict[str, Volume] = {}
        self._done = 0
        self._members: Counter[Family] = Counter()

    def outputs(self) -> Mapping[str, Volume]:
        """The known ones, by the full names of layers.

        Raises ImagesNeeded where the first layer is as large as the images, which are not known.
        """
        for index in range(self._done, len(self.layers)):
            written = self.layers[index]
            if volume := self._volume(index, written):
                self._outputs[written.full_name] = volume
            self._done = index + 1
            if written.word.family:
                self._members[written.word.family] += 1
        return self._outputs

    def _volume(self, index: int, written: WrittenLayer) -> Volume | None:
        family = written.word.family
        found = [self._outputs.get(name) for name in written.inputs or ()]
        shapes = tuple(volume for volume in found if volume)
        if family is None or written.is_wrong or written.inputs is None:
            return None
        usual = default_values(self._defaults, family, self._members[family])
        base, _ = type_values(family, usual | written.values, written.asks)
        if base is None:
            return None
        asks = written.all_asks(base, usual)
        layer, error = answer(base, asks, self._outputs) if asks else (base, None)
        layer, error = complete(layer, self._context) if layer else (None, error)
        if isinstance(base, Input):
            return self._input(index, base, shapes)
        if not found and self._context.image:
            shapes = (self._context.image,)
        if not shapes or len(shapes) < len(found) or layer is None:
            return None
        return fit(layer, shapes)[1]

    def _input(self, index: int, layer: Input, shapes: tuple[Volume, ...]) -> Volume | None:
        """An INPUT further down passes on what it gets."""
        if index:
            return shapes[0] if shapes else None
        size = layer.size or self._context.image
        if size is None:
            raise ImagesNeeded
        return size if size.size <= MAX_NUMBERS else None
