"""The result of checking one configuration file, which every format shows in its own way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cnncli.config.specification import Specification
from cnncli.graph.costs.image_sizes import Sizes
from cnncli.graph.costs.memory import StepMemory
from cnncli.graph.network import Graph
from cnncli.problems import Place, Problem


@dataclass(frozen=True)
class Step:
    """What one training step of a network takes."""

    images: int
    threads: int
    memory: StepMemory


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

    @property
    def valid(self) -> bool:
        """Whether there are no errors; warnings do not count."""
        return all(problem.severity != "error" for problem in self.problems)

    @property
    def in_file(self) -> Sequence[Problem]:
        """Problems and limits; those of an override at the file, with its text in their message."""
        return [
            problem
            if problem.place.file == self.file
            else replace(
                problem, place=Place(self.file), message=f"{problem.place}: {problem.message}"
            )
            for problem in (*self.problems, *self.over)
        ]
