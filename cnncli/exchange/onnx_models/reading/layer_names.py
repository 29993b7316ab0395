"""Names for layers, made of those of a model's operators."""

import re
from collections import Counter
from collections.abc import Iterable

from cnncli.bounds import MAX_NAME

_OTHERS = re.compile(r"[^A-Za-z0-9_.-]+")
_BETWEEN = re.compile(r"\.(?![A-Za-z_])")
"""A dot with no letter behind it."""


class LayerNames:
    """Names that a configuration takes, each given once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {"input", *taken}
        self._counts: Counter[str] = Counter()

    def new(self, name: str, operator: str, kind: str) -> str:
        """The operator's name, of a path the layer's, with `.`; else the kind with a number.

        `/layer1/layer1.0/conv1/Conv`, as PyTorch writes it, becomes `layer1_0.conv1`.
        """
        *above, last = [part for part in name.split("/") if part] or [""]
        parts = above if above and last.rstrip("0123456789_") == operator else [*above, last]
        inner = [
            part
            for part, below in zip(parts, [*parts[1:], ""], strict=True)
            if not below.startswith(f"{part}.")
        ]
        text = _BETWEEN.sub("_", _OTHERS.sub("_", ".".join(inner)))
        found = text[:MAX_NAME].strip("-_.")
        if found and found.lower() not in self._taken and found[0].isalpha():
            self._taken.add(found.lower())
            return found
        while True:
            self._counts[kind] += 1
            numbered = f"{kind.lower()}{self._counts[kind]}"
            if numbered not in self._taken:
                self._taken.add(numbered)
                return numbered
