"""What may be wrong with how a network is to be trained, beside its shapes."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from cnncli.config.metrics import TRAINING_METRICS, VALIDATION_METRICS
from cnncli.config.specification import Specification
from cnncli.engine.parallel.world import here
from cnncli.geometry import Volume
from cnncli.graph.checks.network_rules import is_data_wrong, is_section_wrong
from cnncli.graph.network import Graph, Node
from cnncli.machine import machine_memory
from cnncli.problems import Path, Problem, TooLittleMemory, write_path
from cnncli.text import closest, count, join_words, show

from .result import Step

_HOLD_OUT = "Set data.validation to the number of images to hold out for it"


def no_data(spec: Specification) -> Iterator[Problem]:
    """A file that names no data set."""
    if spec.data is None and not is_data_wrong(spec):
        message = "there is no data set to train on; add data: cifar10 or another"
        yield Problem(spec.place(), "data", message)


def metric_problems(spec: Specification, has_own: bool | None) -> Iterator[Problem]:
    """Early stopping by a metric that no epoch records, and a best network by one.

    has_own: whether the set has images of its own for validation; None: that is not known.
    """
    rule, best = spec.train.early_stopping, spec.train.best
    held_out = bool(has_own or (spec.data and (spec.data.validation > 0 or spec.data.fold)))
    is_known = not is_section_wrong(spec) and (has_own is not None or spec.data is None)
    is_without = is_known and not held_out
    recorded = TRAINING_METRICS + (() if is_without else VALIDATION_METRICS)
    if rule and rule.metric not in recorded:
        meant = closest(rule.metric, TRAINING_METRICS + VALIDATION_METRICS)
        is_other = meant and meant != rule.metric
        message = f"no epoch records {show(rule.metric)}" + (
            f"; did you mean {meant}?" if is_other else f"; there are {', '.join(recorded)}"
        )
        if is_without and meant in VALIDATION_METRICS:
            message += f"{'' if is_other else '.'}\n{_HOLD_OUT}."
        yield _train_problem(spec, message, "early_stopping", "metric")
    if best and is_without:
        message = f"no images are held out to choose the best network by.\n{_HOLD_OUT}, or leave "
        yield _train_problem(spec, f"{message}train.best out.", "best")


def _train_problem(spec: Specification, message: str, *keys: str) -> Problem:
    path = ("train", *keys)
    return Problem(spec.place(*path), ".".join(path), message)


def group_problems(spec: Specification, graph: Graph) -> Iterator[Problem]:
    """Groups of parameters that name nothing, and what they may mean."""
    with_parameters = [node for node in graph.nodes if node.params]
    for index, group in enumerate(spec.train.groups):
        named = []
        for place, name in enumerate(group.layers):
            nodes = [node for node in with_parameters if stands_for(name, node)]
            named += nodes
            if not nodes:
                yield _group_problem(spec, index, "layers", place, _unknown_layer(name, graph))
        arrays = {array for node in named for array in node.params}
        for place, name in enumerate(group.arrays or ()):
            if named and name not in arrays:
                message = f"no such array; these layers have {', '.join(sorted(arrays))}"
                yield _group_problem(spec, index, "arrays", place, message)


def stands_for(name: str, node: Node) -> bool:
    """Whether a group's `name` is the layer's, a pattern of it, or a name of its family."""
    return name.upper() in node.layer.spelling.names or fnmatchcase(node.name, name)


def _unknown_layer(name: str, graph: Graph) -> str:
    if any(stands_for(name, node) for node in graph.nodes):
        return f"{name!r} has no parameters to train"
    known = [node.name for node in graph.nodes if node.params]
    known += [kind for node in graph.nodes if node.params for kind in node.layer.spelling.names]
    meant = closest(name, known)
    return f"no layer is called {name!r}, nor a kind of layers with parameters" + (
        f"; did you mean {meant!r}?" if meant else ""
    )


def _group_problem(spec: Specification, index: int, key: str, place: int, message: str) -> Problem:
    path = ("train", "groups", index, key, place)
    return Problem(spec.place(*path), f"train.groups[{index}].{key}", message)


def start_problems(spec: Specification, graph: Graph) -> Iterator[Problem]:
    """Names of `train.start` that nothing in the network has; the start itself is not looked at."""
    if spec.train.start is None:
        return
    arrays = _arrays(graph)
    for place, name in enumerate(spec.train.start.skip):
        if not any(_names_array(name, node, array) for node, array in arrays.values()):
            path: Path = ("train", "start", "skip", place)
            yield Problem(spec.place(*path), write_path(path), _unknown_array(name, arrays))
    for old, name in (spec.train.start.rename or {}).items():
        if not any(
            fnmatchcase(node.name, name) or fnmatchcase(array, name)
            for array, (node, _) in arrays.items()
        ):
            path = ("train", "start", "rename", old)
            yield Problem(spec.place(*path), write_path(path), _unknown_array(name, arrays))


def skipped_arrays(spec: Specification, graph: Graph) -> set[str]:
    """The arrays, like `conv1.W`, that start anew whatever `train.start` has for them."""
    names = spec.train.start.skip if spec.train.start else ()
    return {
        array
        for array, (node, short) in _arrays(graph).items()
        if any(_names_array(name, node, short) for name in names)
    }


def _arrays(graph: Graph) -> dict[str, tuple[Node, str]]:
    """All arrays by their names, trained and running: each one's node, and its name there."""
    return {
        f"{node.name}.{short}": (node, short)
        for node in graph.nodes
        for short in (*node.params, *node.state)
    }


def _names_array(name: str, node: Node, short: str) -> bool:
    return stands_for(name, node) or fnmatchcase(f"{node.name}.{short}", name)


def _unknown_array(name: str, arrays: Mapping[str, tuple[Node, str]]) -> str:
    layers = dict.fromkeys(node.name for node, _ in arrays.values())
    meant = closest(name, [*layers, *arrays])
    hint = f"did you mean {meant}?" if meant else f"there are {join_words(layers)}"
    return f"no layer with arrays, nor an array, is called {show(name)}; {hint}"


def channel_problems(spec: Specification, image: Volume) -> Iterator[Problem]:
    """Means and deviations of more or fewer channels than images have."""
    for key in ("mean", "std"):
        values = getattr(spec.data, key, None)
        if values and len(values) not in (1, image.D):
            message = (
                f"{count(len(values), 'number')}, but the images have "
                f"{count(image.D, 'channel')}.\nGive one for each, or one for all."
            )
            yield Problem(spec.place("data", key), f"data.{key}", message)


def border_problems(spec: Specification, image: Volume) -> Iterator[Problem]:
    """Mirrored borders that are as wide as the image, or wider: there is not enough to mirror."""
    if spec.data is None:
        return
    most = min(image.W, image.H) - 1
    for key, changes in (("augment", spec.data.augment), ("views", spec.data.views)):
        for index, change in enumerate(changes):
            wide = change.mirrored_pixels
            if wide > most:
                message = (
                    f"images of {image.W}x{image.H} pixels can be mirrored for at most {most} "
                    f"pixels beyond their edge, not {wide}.\n"
                    f"Use {most} or fewer, or border: zeros."
                )
                yield Problem(spec.place("data", key, index), f"data.{key}[{index}]", message)


def check_memory(spec: Specification, graph: Graph, images: int) -> None:
    """Raises TooLittleMemory where a step takes more than the machine has.

    images: of the training set; a batch has no more, unless it wraps around.
    """
    train = spec.train
    batch = train.batch_size if train.last_batch == "wrap" else min(train.batch_size, images)
    world, memory = here(), machine_memory()
    own = -(-batch // world.size)  # of each rank
    needed = world.neighbours * Step.of(spec, graph, own).memory.total
    if memory is not None and needed > memory:
        message = (
            f"a training step on {batch:,} images takes {needed / 2**30:,.1f} GiB, and this "
            f"machine has {memory / 2**30:,.1f} GiB of memory.\n"
            "Make train.batch_size, the images or the network smaller."
        )
        place = spec.place("train", "batch_size")
        raise TooLittleMemory([Problem(place, "train.batch_size", message)])
