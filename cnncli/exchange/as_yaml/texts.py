"""A network's configuration, as somebody would write it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from cnncli.config.data import DataSpec
from cnncli.config.limits import Limits
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.layers.fields import Fit
from cnncli.layers.input import Input
from cnncli.schema.validation import serialise

from .layer_text import layer_text
from .part import Part
from .pattern_repeats import folded, joined
from .unit_blocks import Block
from .units import Line, Unit, units
from .unusual import complete, telling, unusual

FEWEST = 2
"""Layers of a kind for which a default is written."""


def network_lines(parts: Sequence[Part], *, fold: bool, fit: Fit | None = None) -> Iterator[str]:
    """The lines of `fit:`, `defaults:`, `blocks:` and `architecture:`.

    fold: as patterns with repeats, and what branches as blocks, without the layers' names; else a
    line for each layer. fit: that of the configuration; None: the layers' own, which fit.
    """
    given = {part.name: unusual(part.layer) for part in parts}
    if fit is None:
        given = {name: telling(each) for name, each in given.items()}
        fit = _common_fit(given)
    if fit != "strict":
        yield f"fit: {fit}"
    given = {name: _without(each, {"fit": fit}) for name, each in given.items()}
    yield from _folded(parts, given) if fold else _listed(parts, given)


def _common_fit(given: Mapping[str, Mapping[str, Any]]) -> Fit:
    """What is done with remaining places wherever there are any."""
    found = {each["fit"] for each in given.values() if "fit" in each}
    return found.pop() if len(found) == 1 else "strict"


def _listed(parts: Sequence[Part], given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """`from` stands where a layer does not read the one above it."""
    yield "architecture:"
    above: tuple[str, ...] = ()
    for part in parts:
        layer = part.layer
        is_image = isinstance(layer, Input)
        own = serialise(Input, layer)["size"] if is_image else given[part.name]
        item: dict[str, Any] = {layer.kind.lower(): own, "name": part.name}
        if part.inputs != above:
            item["from"] = list(part.inputs)
        yield f"  - {flow(item)}"
        above = (part.name,)


def _folded(parts: Sequence[Part], given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    defaults = _defaults(parts, given)
    if defaults:
        yield f"defaults: {flow({kind.lower(): usual for kind, usual in defaults.items()})}"
    places = {part.name: place for place, part in enumerate(parts)}
    found = [
        *units(
            [
                Line(
                    part.layer,
                    _without(given[part.name], defaults.get(part.layer.kind, {})),
                    complete(part.layer),
                    tuple(places[name] for name in part.inputs),
                )
                for part in parts
            ]
        )
    ]
    by_form: dict[Any, list[Unit]] = defaultdict(list)
    for unit in found:
        if len(unit.lines) > 1:
            by_form[unit.form].append(unit)
    blocks = {
        form: Block(f"block{number}", same)
        for number, (form, same) in enumerate(by_form.items(), 1)
    }
    if blocks:
        yield "blocks:"
        for block in blocks.values():
            yield from block.lines()
    yield "architecture:"
    yield f"  - input: {serialise(Input, parts[0].layer)['size']}"
    texts = [
        layer_text(unit.lines[0].layer, unit.lines[0].given)
        if len(unit.lines) == 1
        else blocks[unit.form].use(unit)
        for unit in found
    ]
    yield from (f"  - {line}" for line in joined(folded(texts)))


def _defaults(
    parts: Sequence[Part], given: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What all layers of a kind have in common, by kind; not what is glued to their names."""
    by_kind: dict[str, list[Part]] = defaultdict(list)
    for part in parts[1:]:
        by_kind[part.layer.kind].append(part)
    found = {}
    for kind, same in by_kind.items():
        spelling, first = same[0].layer.spelling, given[same[0].name]
        glued = (spelling.size_suffix, spelling.dash_suffix)
        common = {
            name: value
            for name, value in first.items()
            if name not in glued
            and all(name in given[p.name] and given[p.name][name] == value for p in same)
        }
        if common and len(same) >= FEWEST:
            found[kind] = common
    return found


def _without(given: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in given.items() if not (name in usual and usual[name] == value)
    }


def section_lines(spec: Specification) -> Iterator[str]:
    """The lines of `data:`, `train:` and `limits:`, as far as they are not usual."""
    sections = (("data", DataSpec, spec.data), ("train", TrainSpec, spec.train))
    for name, schema, section in (*sections, ("limits", Limits, spec.limits)):
        if section is None:
            continue
        required = {
            field.name: getattr(section, field.name)
            for field in fields(schema)
            if field.default is MISSING and field.default_factory is MISSING
        }
        usual = serialise(schema, schema(**required))
        given = {
            key: value
            for key, value in serialise(schema, section).items()
            if value is not None and (key in required or usual[key] != value)
        }
        if given:
            yield f"{name}:"
            yield from (f"  {key}: {flow(value)}" for key, value in given.items())
