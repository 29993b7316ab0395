"""Warnings: what can be trained, but is hardly meant."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cnncli.config.specification import LayerSpec, Specification
from cnncli.geometry import Extent, Volume
from cnncli.graph.network import Node
from cnncli.graph.shape_inference import Inference
from cnncli.layers.base import Context
from cnncli.layers.windows import Windowed, window_geometry
from cnncli.problems import Problem
from cnncli.text import join_words

from .candidates import rows_and_columns
from .network_rules import is_data_wrong, last_before_softmax, last_scores

_NOT_NEGATIVE = frozenset(("RELU", "RELU6", "SIGMOID", "HARDSIGMOID", "SOFTPLUS", "MUL"))
"""What gives no number below 0; a product of such gives none either."""
_LARGE = 10_000
"""Of a longer filter it is not looked for weights that see nothing."""


def warnings(spec: Specification, nodes: Sequence[Node], seen: Inference) -> Iterator[Problem]:
    """Every warning about a network."""
    yield from _classes(spec)
    yield from _activations(spec)
    yield from _across_joins(spec)
    yield from _joins(spec)
    wrong = {spec.layers[index].name for index in seen.problems}
    yield from _added_gates(spec, wrong)
    sound = [node for node in nodes if node.name not in wrong]
    seeing = {name for node in sound if not _skips(node) for name in node.inputs}
    crops = any(written.is_a("CROP") for written in spec.layers)
    for node in sound:
        if _skips(node) and seeing.isdisjoint(node.inputs):
            yield _unseen_pixels(node)
        yield from _windows(node)
        yield from _unseeing(node, crops)
    # with errors, some of the architecture may not be among the layers
    whole = len(nodes) == len(spec.layers) and not any(each.is_error for each in spec.problems)
    if nodes and whole and not any(node.params for node in nodes):
        message = "no layer of the network has parameters, so there is nothing to train.\nAdd FC."
        yield spec.layers[-1].warning(message)


def _classes(spec: Specification) -> Iterator[Problem]:
    """The number of scores left open without a data set that would give it."""
    last = last_scores(spec)
    if spec.data or is_data_wrong(spec) or last is None or last.layer is None:
        return
    if last.layer.complete(Context(outputs=1)) != last.layer.complete(Context(outputs=2)):
        scores = last.layer.complete(Context()).out_shape((Volume(1, 1, 1),)).D
        yield last.warning(
            f"without a data set the number of classes is unknown; {scores} outputs are assumed.\n"
            f"Write K, or name a data set with data:."
        )


def _activations(spec: Specification) -> Iterator[Problem]:
    """An activation of the class scores, and two activations in a row."""
    scores = last_scores(spec)
    last = last_before_softmax(spec)
    by_name = {written.name: written for written in spec.layers}
    for index, written in enumerate(spec.layers):
        if written.layer is None or not written.layer.is_activation:
            continue
        source = _before(written, by_name, "DROPOUT")
        is_relu = written.is_a("RELU")
        if source and source.layer and source.layer.is_activation:
            nothing = is_relu and source.is_a("RELU")
            effect = ", and changes nothing" if nothing else ": two activations in a row"
            message = f"{written.kind} follows {source.kind}{effect}.\nLeave one out."
            yield written.warning(message)
        origin = _before(written, by_name, "DROPOUT", "BATCHNORM")
        if scores and origin is scores and index == last:
            effect = "sets every class score below 0 to 0" if is_relu else "bends the class scores"
            message = f"{written.kind} after the last {scores.kind} {effect}.\nLeave it out."
            yield written.warning(message)


def _across_joins(spec: Specification) -> Iterator[Problem]:
    """An activation of a join all of whose inputs are activations already."""
    ends = _ends(spec, "DROPOUT", "DROPPATH")
    acting = {each.kind for each in spec.layers if each.layer and each.layer.is_activation}
    joined: dict[str, frozenset[str]] = {}
    for written in spec.layers:
        kind = written.kind if written.layer else ""
        inputs = [joined.get(name, frozenset({""})) for name in written.inputs or ()]
        seen = frozenset[str]().union(*inputs)
        is_join = written.layer is not None and written.layer.is_join
        passes = bool(inputs) and (is_join or kind in ("DROPOUT", "DROPPATH"))
        joined[written.name] = seen | ({kind} & {"MUL"}) if passes else frozenset({kind})
        if not written.layer or not written.layer.is_activation or len(inputs) != 1:
            continue
        join = ends[(written.inputs or ())[0]]
        if not (join.layer and join.layer.is_join) or not seen <= acting | {"MUL"}:
            continue
        kinds = join_words(sorted(seen - {"MUL"}))
        message = f"{written.kind} follows {kinds} across {join.kind}"
        if written.is_a("RELU") and seen <= _NOT_NEGATIVE:
            yield written.warning(f"{message}, and changes nothing.\nLeave it out.")
        elif "MUL" not in seen:
            yield written.warning(
                f"{message}: activations in a row.\nLeave it out, or those before {join.kind}."
            )


def _added_gates(spec: Specification, wrong: set[str]) -> Iterator[Problem]:
    """Numbers from 0 to 1 that are added to others, which they are meant to weigh."""
    ends = _ends(spec, "DROPOUT", "UPSAMPLE")
    for written in spec.layers:
        if not written.is_a("ADD") or written.name in wrong:
            continue
        inputs = written.inputs or ()
        gates = [name for name in inputs if ends[name].is_a("SIGMOID", "HARDSIGMOID")]
        if 0 < len(gates) < len(inputs):
            yield written.warning(
                f"ADD adds the gate '{gates[0]}', the numbers from 0 to 1 of "
                f"{ends[gates[0]].kind}.\nA gate is multiplied: write MUL for ADD."
            )


def _ends(spec: Specification, *passing: str) -> dict[str, LayerSpec]:
    """By name, each layer, or what one of some kinds reads, seen through all of these."""
    ends: dict[str, LayerSpec] = {}
    for written in spec.layers:
        source = (written.inputs or ("",))[0] if written.is_a(*passing) else ""
        ends[written.name] = ends.get(source, written)
    return ends


def _before(
    written: LayerSpec, by_name: Mapping[str, LayerSpec], *passing: str
) -> LayerSpec | None:
    """The layer that this one reads, seen through layers of some kinds."""
    at = written
    while len(at.inputs or ()) == 1:
        at = by_name[(at.inputs or ())[0]]
        if not at.is_a(*passing):
            return at
    return None


def _joins(spec: Specification) -> Iterator[Problem]:
    """A branch without an effect of its own: a layer that is joined with itself."""
    for written in spec.layers:
        inputs = written.inputs or ()
        twice = sorted(name for name, times in Counter(inputs).items() if times > 1)
        if twice:
            yield written.warning(
                f"{written.kind} reads '{twice[0]}' more than once: that branch is dead.\n"
                "Name another layer in from:, or leave the join out."
            )


def _skips(node: Node) -> bool:
    """Whether pixels lie between a layer's windows, and in none of them."""
    if not isinstance(node.layer, Windowed):
        return False
    where = window_geometry(node.layer, node.in_shapes[0])
    return any(s > f and n > 1 for s, f, n in zip(where.S, where.reach, where.out, strict=True))


def _unseen_pixels(node: Node) -> Problem:
    """Pixels that no layer sees."""
    assert isinstance(node.layer, Windowed)
    where = window_geometry(node.layer, node.in_shapes[0])
    return node.warning(
        f"the stride S={where.S} is larger than the window F={where.reach}: "
        "the pixels in between are never seen.\n"
        f"Write S={where.reach} or less, or a larger F.",
        "S",
    )


def _windows(node: Node) -> Iterator[Problem]:
    """Parts of a window that lie on padding at every place, and pixels that are cropped."""
    if not isinstance(node.layer, Windowed):
        return
    where = window_geometry(node.layer, node.in_shapes[0])
    size, P = where.size, where.P
    used = Extent(
        _used_weights(size.W, where.F.W, where.dilation.W, where.S.W, P.left, where.out.W),
        _used_weights(size.H, where.F.H, where.dilation.H, where.S.H, P.top, where.out.H),
    )
    if used != where.F:
        yield node.warning(
            f"on the {size.W}x{size.H} map only {used.W}x{used.H} of the {where.F.W}x{where.F.H} "
            f"of a {'filter' if node.params else 'window'} ever see a pixel.\n"
            f"Use a smaller F, or fewer layers that make the map smaller.",
            "F",
        )
    lost = rows_and_columns(-P.bottom, -P.right)
    if not node.params and where.F == where.S and lost:
        yield node.warning(
            f"{node.layer.kind} with F={where.F}, S={where.S} under fit: crop loses {lost} of its "
            f"{size.W}x{size.H} map.\n"
            "Make the map divisible, or write fit: pad.",
            "fit",
        )


def _unseeing(node: Node, crops: bool) -> Iterator[Problem]:
    """Outputs at the border whose windows lie on padding alone; not where a CROP may take them."""
    if not isinstance(node.layer, Windowed) or node.layer.skips_padding:
        return
    where = window_geometry(node.layer, node.in_shapes[0])
    size, P, reach = where.size, where.P, where.reach
    sees = _sees_all(
        size.W, where.F.W, where.dilation.W, where.S.W, P.left, where.out.W
    ) and _sees_all(size.H, where.F.H, where.dilation.H, where.S.H, P.top, where.out.H)
    if sees or (crops and max(reach) > 1):
        return
    too_wide = P.left >= reach.W or P.top >= reach.H
    remedy = f"P: {Extent((reach.W - 1) // 2, (reach.H - 1) // 2)}" if too_wide else "fit: crop"
    yield node.warning(
        f"outputs at the border see no pixel of the {size.W}x{size.H} map, only padding: "
        f"F={where.F}, P={P}.\nWrite {remedy}.",
        "P" if too_wide else "fit",
    )


def _sees_all(size: int, F: int, dilation: int, S: int, before: int, places: int) -> bool:
    """Whether the first and the last window along one axis hold a pixel."""
    starts = (-before, (places - 1) * S - before)
    firsts = ((start, max(-(start // dilation), 0)) for start in starts)
    return all(k < F and start + k * dilation < size for start, k in firsts)


def _used_weights(size: int, F: int, dilation: int, S: int, before: int, places: int) -> int:
    """How many of F weights along one axis see a pixel at some place."""
    if F > _LARGE:
        return F
    used = 0
    for k in range(F):
        first = max(-((k * dilation - before) // S), 0)  # the first place with it in the map
        used += first < places and first * S - before + k * dilation < size
    return used
