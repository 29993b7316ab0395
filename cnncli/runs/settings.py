"""The configuration of a run as one value for each key: `train.optimizer.lr`."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

from cnncli.bounds import MAX_KEPT_VALUE, MAX_RUN_SETTINGS
from cnncli.config.source_text.dump import flow
from cnncli.config.source_text.source import decode, fatal
from cnncli.config.source_text.values import parse
from cnncli.errors import CheckpointError
from cnncli.problems import ConfigError, Place, Problems

Value = str | int | float | bool | None
Settings = Mapping[str, Value]

ARCHITECTURE = "architecture"
_SECTIONS = re.compile(r"^(?=\w+:)", re.MULTILINE)
_LAYER = re.compile(r"^  - ", re.MULTILINE)
_CACHED = 10_000
"""Characters of a section that is kept: runs of one sweep have most sections in common."""


def settings_of(text: str, file: str) -> Settings:
    """Every key of a recorded configuration but its name, lists as texts, the layers as a word.

    Raises CheckpointError, which names the file, where it is none.
    """
    try:
        found = _by_section(text)
    except (ConfigError, RecursionError):  # not as runs write it, or damaged
        try:
            found = _whole(text)
        except ConfigError as error:
            raise CheckpointError(f"{file}: is damaged: {error.problems[0].message}") from None
    if len(found) > MAX_RUN_SETTINGS:
        raise CheckpointError(f"{file}: has more than {MAX_RUN_SETTINGS:,} keys, as no run has")
    return found


def _by_section(text: str) -> Settings:
    """Section by section, so that what runs have in common is read once. Raises ConfigError."""
    found: dict[str, Value] = {}
    for section in _SECTIONS.split(text):
        if section.startswith(f"{ARCHITECTURE}:"):
            found[ARCHITECTURE] = _word(len(_LAYER.findall(section)), section)
        elif section.strip():
            found |= _short_section(section) if len(section) < _CACHED else _section(section)
    return found


def _whole(text: str) -> Settings:
    values = _parse(text)
    layers = values.pop(ARCHITECTURE, [])
    written = flow(layers)
    word = _word(len(layers) if isinstance(layers, list) else 0, written)
    return {**dict(_flat(values, "")), ARCHITECTURE: word}


def _word(layers: int, text: str) -> str:
    """What tells networks apart at a glance: `9 layers 3f2a1b`."""
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:6]
    return f"{layers} layers {digest}" if layers else digest


def _section(text: str) -> Settings:
    return dict(_flat(_parse(text), ""))


_short_section = lru_cache(1_000)(_section)


def _parse(text: str) -> dict[str, Any]:
    problems = Problems()
    value = parse(decode(text.encode(errors="replace"), "config.yaml"), problems).value
    if found := problems.in_order():
        raise ConfigError(found)
    if not isinstance(value, dict | None):
        raise fatal(Place("config.yaml", 1, 1), "it is no mapping")
    return {key: each for key, each in (value or {}).items() if key != "name"}


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Value]]:
    for key, value in values.items():
        if isinstance(value, dict) and value and all(map(_is_key, value)):
            yield from _flat(value, f"{prefix}{key}.")
        elif _is_key(key):
            yield f"{prefix}{key}", value if _is_plain(value) else _text(value)


def _is_key(key: str) -> bool:
    return re.fullmatch(r"[^\W\d]\w*", key) is not None


def _is_plain(value: Any) -> bool:
    return value is None or (isinstance(value, float | int) and isfinite(value))


def _text(value: Any) -> str:
    """A text of reasonable length: of a longer one the beginning, and a digest of all of it."""
    text = value if isinstance(value, str) else flow(value)
    if len(text) <= MAX_KEPT_VALUE:
        return text
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
    return f"{text[: MAX_KEPT_VALUE // 2]} ... {digest}"
