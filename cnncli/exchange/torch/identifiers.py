"""Names of layers as Python takes them."""

import builtins
import keyword
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, count

_KEYWORDS = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
_METHODS = frozenset(
    [
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "half",
        "ipu",
        "modules",
        "mtia",
        "parameters",
        "share_memory",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)
"""Attributes of nn.Module that no rule below finds."""
_LIKE_METHODS = re.compile(
    r"(named|get|set|register)_\w+|\w*_(module|buffer|hook|parameter|dict|state|grad)\w*"
)


def identifiers(names: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """For each name one of ASCII letters, digits and _ that nothing else has.

    taken: names of other things. Attributes of PyTorch's modules are left to these.
    """
    used = {*taken, *_KEYWORDS, *_METHODS}
    found: dict[str, str] = {}
    for name in names:
        base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
        is_free = base and not base[0].isdigit() and not _LIKE_METHODS.fullmatch(base)
        others = (f"layer_{base}".rstrip("_") + end for end in chain([""], _endings()))
        found[name] = next(
            each for each in chain([base] if is_free else [], others) if each not in used
        )
        used.add(found[name])
    return found


def _endings() -> Iterator[str]:
    return (f"_{number}" for number in count(2))
