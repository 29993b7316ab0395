"""Networks of torchvision whose modules are called alike."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from cnncli.text import natural

Place: TypeAlias = tuple[tuple[bool, tuple[list[str | tuple[int, str]], str]], ...]


class Normal(NamedTuple):
    """Mean and deviation of each channel, by which images are normalised; white is 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


IMAGENET = Normal((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True, kw_only=True)
class Family:
    """The configurations of such networks that come with cnn, and what their modules are called.

    modules: a regular expression (verbose) of the names of all modules that have arrays. Its groups
    say in which order they compute: a module with a group comes before those without it, and within
    a group numbers count up. unused: modules that only training has. remark: what the user must
    know of `normal`.
    """

    networks: tuple[str, ...]
    modules: str
    unused: tuple[str, ...] = ()
    normal: Normal = IMAGENET
    remark: str = ""

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.modules, re.VERBOSE | re.ASCII)

    def place(self, module: str) -> Place | None:
        """What modules are sorted by; None: the family has none of that name."""
        found = self._expression.fullmatch(module)
        if found is None:
            return None
        return tuple((text is None, natural(text or "")) for text in found.groups())

    def uses(self, module: str) -> bool:
        """Whether a module computes when images are judged."""
        return module.split(".", maxsplit=1)[0] not in self.unused
