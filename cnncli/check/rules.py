"""What is wrong with how a network is to be trained, once its shapes are known."""

from collections.abc import Iterator

from cnncli.config.specification import Specification
from cnncli.geometry import Volume
from cnncli.graph.costs.memory import training_step
from cnncli.graph.network import Graph
from cnncli.machine import available_threads, machine_memory
from cnncli.problems import ConfigError, Problem
from cnncli.training.parameter_groups import group_problems
from cnncli.transforms.augmentations import Crop, Shift


def training_problems(spec: Specification, graph: Graph) -> Iterator[Problem]:
    """Of a network without errors."""
    yield from group_problems(spec, graph)
    yield from border_problems(spec, graph.image)


def border_problems(spec: Specification, image: Volume) -> Iterator[Problem]:
    """Mirrored borders that are as wide as the image, or wider: there is not enough to mirror."""
    if spec.data is None:
        return
    most = min(image.W, image.H) - 1
    for key, changes in (("augment", spec.data.augment), ("views", spec.data.views)):
        for index, change in enumerate(changes):
            if not isinstance(change, Crop | Shift) or change.border != "reflect":
                continue
            wide = change.pad if isinstance(change, Crop) else change.pixels
            if wide > most:
                message = (
                    f"images of {image.W}x{image.H} pixels can be mirrored for at most {most} "
                    f"pixels behind their edge, not {wide}.\n"
                    f"Use {most} or fewer, or border: zeros."
                )
                yield Problem(spec.place("data", key, index), f"data.{key}[{index}]", message)


def check_memory(spec: Specification, graph: Graph, images: int) -> None:
    """Raises ConfigError where a step on a batch of that many `images` takes more than there is."""
    train = spec.train
    batch = train.batch_size if train.last_batch == "wrap" else min(train.batch_size, images)
    step = training_step(
        graph,
        batch,
        threads=train.threads or available_threads(),
        optimizer=train.optimizer,
        parts=train.accumulate,
    )
    memory = machine_memory()
    if memory is not None and step.total > memory:
        message = (
            f"a training step on {batch:,} images takes {step.total / 2**30:,.1f} GiB, and this "
            f"machine has {memory / 2**30:,.1f} GiB of memory.\n"
            "Make train.batch_size, the images or the network smaller."
        )
        raise ConfigError([Problem(spec.place("train", "batch_size"), "train.batch_size", message)])
