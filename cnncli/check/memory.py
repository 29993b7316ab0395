"""Whether this machine has the memory that training takes, before any of it is taken."""

from cnncli.config.specification import Specification
from cnncli.errors import ConfigError, Problem
from cnncli.graph.costs.memory import training_step
from cnncli.graph.network import Graph
from cnncli.machine import available_threads, machine_memory


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
