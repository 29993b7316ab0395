"""The result of checking one configuration file, which every command and format goes on from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnncli.config.specification import Specification
from cnncli.engine.parallel.world import here
from cnncli.errors import DataError, TargetMissed
from cnncli.graph.costs.image_sizes import Sizes
from cnncli.graph.costs.memory import StepMemory, training_step
from cnncli.graph.network import Graph
from cnncli.machine import available_threads
from cnncli.problems import ConfigError, Place, Problem, check_problems, show_problems


@dataclass(frozen=True)
class Step:
    """What one training step of a network takes."""

    images: int
    threads: int
    memory: StepMemory

    @classmethod
    def of(cls, spec: Specification, graph: Graph, images: int) -> "Step":
        train = spec.train
        threads = train.threads or available_threads()
        memory = training_step(
            graph, images, threads=threads, optimizer=train.optimizer, parts=train.accumulate
        )
        return cls(images, threads, memory)


@dataclass(frozen=True)
class Checked:
    """A file and what was found in it; without specification where it could not be read."""

    file: str
    problems: Sequence[Problem]
    spec: Specification | None = None
    graph: Graph | None = None
    step: Step | None = None
    """Only for a network without errors."""
    over: Sequence[Problem] = ()
    """The limits of the file that the network goes over; only without errors."""
    sizes: Sizes | None = None
    """The image sizes that fit strictly, where they were asked for."""
    data_error: DataError | None = None
    """Why nothing is known of the data set's images, which is one of the problems too."""

    @property
    def valid(self) -> bool:
        """Whether there are no errors; warnings do not count."""
        return all(problem.severity != "error" for problem in self.problems)

    @property
    def holds_only_blocks(self) -> bool:
        """Whether it is a file of blocks, and nothing else is wrong than that it has no network."""
        is_one = self.spec is not None and self.spec.holds_only_blocks
        return is_one and all(each.path == "architecture" for each in self.problems)

    @property
    def in_file(self) -> Sequence[Problem]:
        """Problems and limits; those of an override at the file, with its text in their message.

        Those in a file of blocks stand at that one.
        """
        return [
            problem
            if problem.place.file == self.file or problem.place.line is not None
            else replace(
                problem, place=Place(self.file), message=f"{problem.place}: {problem.message}"
            )
            for problem in (*self.problems, *self.over)
        ]

    def network(self) -> tuple[Specification, Graph]:
        """The specification and its graph, for commands that compute with them.

        Raises ConfigError with every error of the file, DataError where nothing is known of the
        data set's images.
        """
        if self.spec is None or self.graph is None:
            raise ConfigError(self.problems)
        if self.data_error:
            check_problems(p for p in self.spec.problems if p.message != str(self.data_error))
            raise self.data_error
        if not self.valid:
            raise ConfigError([p for p in self.problems if p.severity == "error"])
        return self.spec, self.graph

    def trainable(self) -> tuple[Specification, Graph]:
        """The same, where the network can be trained within the limits of its file.

        Raises ConfigError too where it ends in a map of scores, TargetMissed where it goes over a
        limit, and UsageError where what a logger needs is not installed.
        """
        spec, graph = self.network()
        scores = graph.by_name[graph.scores]
        if scores.out_shape[:2] != (1, 1):
            message = (
                f"the class scores are {scores.out_shape}; training needs 1x1xK, one for each "
                "class.\nEnd the network with FC."
            )
            raise ConfigError([Problem(scores.place, scores.name, message, layer=scores.name)])
        if self.over:
            raise TargetMissed(show_problems(self.over))
        for logger in spec.train.log:
            here().first(logger.check)  # of several ranks it alone writes
        return spec, graph
