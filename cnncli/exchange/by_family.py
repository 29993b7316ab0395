"""How each family of layers is written in a format: one function for each, in a folder."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from cnncli.errors import UsageError
from cnncli.layers.base import Layer
from cnncli.scan import modules

W = TypeVar("W", bound=Callable[..., object])


class ByFamily(Generic[W]):
    """The functions of a package's modules, which note themselves with `writes`."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._found: dict[type[Layer], W] = {}

    def writes(self, *families: type[Layer]) -> Callable[[W], W]:
        """Notes the function that follows for these families."""

        def note(writer: W) -> W:
            self._found.update(dict.fromkeys(families, writer))
            return writer

        return note

    def of(self, name: str, layer: Layer, program: str) -> W:
        """The function for a layer of that name. Raises UsageError where there is none."""
        found = self.all.get(type(layer))
        if found is None:
            raise UsageError(
                f"{name}: how a {layer.kind} is written for {program} is not known; say it in "
                f"{self._package.replace('.', '/')}, as docs/adding.md tells"
            )
        return found

    @property
    def all(self) -> Mapping[type[Layer], W]:
        """Every function, by family."""
        for _ in modules(self._package):
            pass
        return self._found
