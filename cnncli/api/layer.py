"""One layer for people who learn how it works: `cnncli.Layer`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import index
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.config.load import load_text
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import LayerSpec, Specification
from cnncli.engine.initialization import initial_parameters, initial_state
from cnncli.engine.lone_layer import LoneLayer
from cnncli.errors import UsageError
from cnncli.geometry import Extent, Volume
from cnncli.graph.build import build
from cnncli.graph.costs.receptive_field import of_image
from cnncli.graph.network import Graph, Node
from cnncli.layers.base import Context, LayerError
from cnncli.problems import ConfigError
from cnncli.report.hyperparameters import as_values
from cnncli.text import ForeignPath, closest, join_words

from .plain_values import yaml_text

Array = NDArray[Any]
Size = tuple[int, int, int]
"""(H, W, C), in the order of an array's axes."""


class Layer:
    """A layer by itself, forward and backward on arrays.

    pattern: one layer as a configuration writes it, `CONV(K=2,F=5,S=2,P=0)`. size: (H, W, C) of its
    input; for ADD and CONCAT a list with that of each input. seed: of the parameters, and of what a
    DROPOUT drops. dtype: of all arrays; in float64 numbers are exact to look at.

    Raises ConfigError where the pattern is wrong or does not fit the size, and UsageError for what
    is not one layer, or no size.
    """

    def __init__(
        self,
        pattern: str,
        *,
        size: Sequence[int] | Sequence[Sequence[int]],
        seed: int = 0,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.dtype: np.dtype[Any] = _float_type(dtype)
        self._node = _node_of(pattern, _volumes(size))
        graph = Graph((self._node,), self._node.name)
        self.parameters = Parameters(
            initial_parameters(graph, seed, self.dtype).of(self._node.name)
        )
        """The trained arrays: `parameters["W"] = array` sets one, `parameters["W"][...]` a part."""
        self.state: dict[str, Array] = initial_state(graph, self.dtype).of(self._node.name)
        """The running arrays of a BATCHNORM, which a pass forward in training moves."""
        self.gradients: dict[str, Array] = {}
        """Those of the parameters after `backward`, summed over the images."""
        self._lone = LoneLayer(self._node.layer, self._node.in_shapes, key=seed)
        self._cache: Any = None
        self._in_training: bool | None = None
        self._one_image = False
        self._y_shape: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        """CONV, POOL and so on."""
        return self._node.kind

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """By their names; those that the pattern leaves open are filled in."""
        return dict(as_values(self._node.layer))

    @property
    def output(self) -> Size:
        """(H, W, C) of what it makes of one image."""
        return _size(self._node.out_shape)

    def forward(self, *xs: Any, training: bool = True) -> Array:
        """y (N, H, W, C) of images x (N, H, W, C), or of one (H, W, C); of a join, of several x.

        training: else a DROPOUT drops nothing, and a BATCHNORM takes its state. Raises UsageError
        for arrays of another form.
        """
        shapes = self._node.in_shapes
        if len(xs) != len(shapes):
            raise UsageError(f"{self.kind} takes {len(shapes)} arrays here, found {len(xs)}")
        given = [self._array("x", x, _size(shape)) for x, shape in zip(xs, shapes, strict=True)]
        if len({x.shape[:-3] for x in given}) > 1:
            found = join_words(str(x.shape) for x in given)
            raise UsageError(f"the inputs must be equally many images, found {found}")
        self._one_image = given[0].ndim == 3
        y, self._cache, state = self._lone.forward(
            dict(self.parameters), self.state, *map(_whole, given), training=training
        )
        for name, array in state.items():
            self.state[name][...] = array
        self._in_training = training
        self._y_shape = y.shape[self._one_image :]
        return y.copy().reshape(self._y_shape)

    def backward(self, dy: Any) -> Any:
        """dx of dy, the gradient of what `forward` gave last; a tuple of them for a join.

        Sets `gradients`. Raises UsageError where there was no pass forward in training, or dy has
        another form than y.
        """
        if not self._in_training:
            before = "forward(x)" if self._in_training is None else "forward(x, training=True)"
            raise UsageError(f"backward follows a pass forward in training: call {before} first")
        array = self._array("dy", dy, self.output)
        if array.shape != self._y_shape:
            raise UsageError(f"dy must be as y, {self._y_shape}, found {array.shape}")
        found, gradients = self._lone.backward(dict(self.parameters), self._cache, _whole(array))
        self.gradients = gradients
        dxs = tuple(
            dx.copy().reshape(dx.shape[self._one_image :]) for dx in found if dx is not None
        )
        return dxs if len(dxs) > 1 else dxs[0]

    def __repr__(self) -> str:
        inputs = join_words(str(_size(shape)) for shape in self._node.in_shapes)
        arrays = "".join(f", {name} {array.shape}" for name, array in self.parameters.items())
        return f"{self.kind} {flow(self.hyperparameters)}: {inputs} -> {self.output}{arrays}"

    def _array(self, name: str, given: Any, size: Size) -> Array:
        """A copy (N, H, W, C) or (H, W, C). Raises UsageError for another form."""
        array = np.asarray(given)
        if array.dtype.kind not in "biuf" or array.ndim not in (3, 4) or array.shape[-3:] != size:
            H, W, C = size
            raise UsageError(
                f"{name} must be numbers of the form (N, {H}, {W}, {C}) or ({H}, {W}, {C}), which "
                f"is N, H, W, C; found {array.dtype} {array.shape}"
            )
        if not len(array):
            raise UsageError(f"{name} has no image: its form is {array.shape}")
        return array.astype(self.dtype, order="C")


class Parameters(Mapping[str, Array]):
    """Arrays by their names; each can be set to one of its form."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Raises UsageError for another form, or a name that there is not."""
        if name not in self._arrays:
            found = closest(str(name), self._arrays)
            known = join_words(self._arrays) if self._arrays else "none"
            hint = f"did you mean {found}?" if found else f"there are {known}"
            raise UsageError(f"there is no array {name!r}; {hint}")
        array, given = self._arrays[name], np.asarray(value)
        if given.dtype.kind not in "biuf" or given.shape != array.shape:
            raise UsageError(
                f"{name} must be numbers of the form {array.shape}, found {given.dtype} "
                f"{given.shape}"
            )
        array[...] = given

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        return repr(self._arrays)


def _node_of(pattern: str, volumes: Sequence[Volume]) -> Node:
    """The layer with its shapes; its problems are those of a network of INPUT and it."""
    text = yaml_text({"architecture": f"INPUT({volumes[0]})-{pattern}"})
    spec = load_text(text, ForeignPath("layer"))
    spec.check()
    if len(spec.layers) != 2:
        raise UsageError(
            f"expected one layer, like CONV(K=2,F=5), found {len(spec.layers) - 1} in {pattern!r}; "
            "cnncli.Network takes networks"
        )
    written = spec.layers[1]
    if written.layer is not None and written.layer.is_join:
        return _join(spec, written, tuple(volumes))
    if len(volumes) > 1:
        raise UsageError(f"{written.kind} has one input; its size is (H, W, C)")
    graph = build(spec, None, None)
    graph.check()
    return graph.nodes[1]


def _join(spec: Specification, written: LayerSpec, volumes: tuple[Volume, ...]) -> Node:
    """The same of a layer with several inputs, which one INPUT cannot give."""
    assert written.layer is not None
    try:
        layer = written.layer.complete(Context(spec.fit, spec.train.init))
        out_shape = layer.out_shape(volumes)
    except LayerError as error:
        raise ConfigError([written.problem(str(error), error.field)]) from None
    return Node(
        **vars(written) | {"layer": layer, "inputs": written.inputs or ()},
        in_shapes=volumes,
        out_shape=out_shape,
        params=layer.param_shapes(volumes),
        state=layer.state_shapes(volumes),
        cost=layer.cost(volumes),
        receptive_field=of_image(Extent(*out_shape[:2])),
    )


def _volumes(size: Any) -> list[Volume]:
    """The sizes (H, W, C) as volumes. Raises UsageError for what is none."""
    try:
        sizes = [size] if np.ndim(size[0]) == 0 else size
        volumes = [Volume(index(W), index(H), index(C)) for H, W, C in sizes]
    except (TypeError, ValueError, IndexError, KeyError):
        volumes = []
    if not volumes or min(min(volume) for volume in volumes) < 1:
        raise UsageError(
            f"size must be (H, W, C), three whole numbers from 1 on, as of an array, or a list of "
            f"such for ADD and CONCAT; found {size!r}"
        )
    return volumes


def _size(volume: Volume) -> Size:
    return volume.H, volume.W, volume.D


def _whole(array: Array) -> Array:
    """(N, H, W, C) of one image too."""
    return array if array.ndim == 4 else array[np.newaxis]


def _float_type(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found not in (np.float32, np.float64):
        raise UsageError(f"dtype must be float64 or float32, found {dtype!r}")
    return found
