"""FC as CONV, and CONV as FC: the same weights, read as filters or as the rows of a matrix."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from cnncli.config.specification import LayerSpec, Specification
from cnncli.geometry import Extent, Padding, Volume
from cnncli.graph.network import Graph, Node
from cnncli.layers.base import Layer
from cnncli.layers.conv import Conv
from cnncli.layers.dropout import Dropout
from cnncli.layers.fc import Fc
from cnncli.layers.normalization import LayerNorm
from cnncli.layers.pool import Pool
from cnncli.layers.reshape import Flatten
from cnncli.layers.softmax import Softmax
from cnncli.layers.windows import window_geometry
from cnncli.problems import ConfigError


class Change(NamedTuple):
    """A layer that is written otherwise, and the volume that it reads; None: it is left out."""

    name: str
    volume: Volume
    before: Layer
    after: Layer | None


class Conversion(NamedTuple):
    """A network written otherwise. Layers keep their names, and give the same class scores."""

    spec: Specification
    changes: tuple[Change, ...]


Convert = Callable[[Specification, Graph], Conversion]


def fc_to_conv(spec: Specification, graph: Graph) -> Conversion:
    """Every layer that looks at its whole map becomes one that slides over larger maps.

    The graph is the specification's, without errors.

    - FC with K outputs on W x H x D: CONV with K filters of F = W x H, S = 1 and P = 0. Memory's
      order (height, width, depth) of FC's weights is that of CONV's, (H*W*D, K) = (H, W, D, K).
    - A global POOL: POOL with F = W x H and S = 1.
    - LAYERNORM over the volume 1 x 1 x D: over the depth.
    - FLATTEN is left out, for a CONV reads the volume as it is; and SOFTMAX, which takes no map.

    Raises ConfigError where a flattened volume is read by a layer that would not do the same with
    it as it was.
    """
    sources: dict[str, str] = {}
    volumes: dict[str, Volume] = {}
    layers: list[LayerSpec] = []
    changes: list[Change] = []
    for written in spec.layers:
        node = graph.by_name[written.name]
        inputs = tuple(sources.get(name, name) for name in node.inputs)
        in_shapes = [volumes[name] for name in inputs]
        if isinstance(node.layer, Flatten | Softmax):
            (sources[node.name],) = inputs
            changes.append(Change(node.name, in_shapes[0], node.layer, None))
            continue
        # a vector's numbers may as well stand in the volume that it was flattened from
        by_numbers = node.layer.is_activation or isinstance(node.layer, Fc | Dropout)
        if not by_numbers and tuple(in_shapes) != node.in_shapes:
            raise _misread(written, in_shapes)
        layer = _make_slide(node.layer, in_shapes)
        volumes[node.name] = layer.out_shape(in_shapes)
        layers.append(replace(written, layer=layer, inputs=inputs))
        if layer != node.layer:
            changes.append(Change(node.name, in_shapes[0], node.layer, layer))
    scores = volumes[sources.get(graph.scores, graph.scores)]
    if scores != graph.by_name[graph.scores].out_shape:
        raise _misread(spec.layers[-1], [scores])
    return Conversion(replace(spec, layers=tuple(layers)), tuple(changes))


def _misread(written: LayerSpec, in_shapes: Sequence[Volume]) -> ConfigError:
    volume = max(in_shapes, key=lambda volume: volume.W * volume.H)
    message = (
        f"{written.kind} reads a flattened volume {volume}, which no CONV gives.\n"
        "Only FC can be written as CONV there: put one after FLATTEN, or leave FLATTEN out."
    )
    return ConfigError([written.problem(message)])


def _make_slide(layer: Layer, in_shapes: Sequence[Volume]) -> Layer:
    if not in_shapes:
        return layer
    whole = Extent(*in_shapes[0][:2])
    if isinstance(layer, Fc):
        assert layer.K is not None
        return Conv(K=layer.K, F=whole, P=Padding(), bias=layer.bias, init=layer.init)
    if isinstance(layer, Pool) and layer.F == "global":
        return replace(layer, F=whole)
    if isinstance(layer, LayerNorm) and whole == (1, 1):
        return replace(layer, over="depth")
    return layer


def conv_to_fc(spec: Specification, graph: Graph) -> Conversion:
    """Every CONV whose filters cover the whole map, without padding and groups, becomes FC.

    The graph is the specification's, without errors.
    """
    layers: list[LayerSpec] = []
    changes: list[Change] = []
    for written in spec.layers:
        node = graph.by_name[written.name]
        layer = node.layer
        if conv := _covering(node):
            # the weights themselves are kept: how they start need only be allowed for FC
            is_own = conv.init is not None and conv.init.name in ("identity", "whitening")
            layer = Fc(K=conv.K, bias=conv.bias, init=None if is_own else conv.init)
            changes.append(Change(node.name, node.in_shapes[0], conv, layer))
        layers.append(replace(written, layer=layer))
    return Conversion(replace(spec, layers=tuple(layers)), tuple(changes))


def _covering(node: Node) -> Conv | None:
    """The node's CONV, if each of its weights belongs to one number of the input."""
    layer = node.layer
    if not isinstance(layer, Conv):
        return None
    (volume,) = node.in_shapes
    where = window_geometry(layer, volume)
    covers = where.F == where.reach == volume[:2] and Padding() == where.P
    in_groups = node.params["W"].shape[2] != volume.D
    return layer if covers and not in_groups else None
