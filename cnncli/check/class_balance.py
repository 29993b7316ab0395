"""What is said of classes with many images and classes with few, and of what is done about it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cnncli.config.specification import Specification
from cnncli.graph.checks.network_rules import is_data_wrong
from cnncli.problems import Problem
from cnncli.text import closest, join_words, printable, short, show

_PATH = ("train", "class_weights")
_UNEVEN = 10
"""How many times as many images another class has where something should be done about it."""


def class_weight_problems(spec: Specification, classes: Sequence[str] | None) -> Iterator[Problem]:
    """Names in train.class_weights that no class has, and classes that it leaves out.

    classes: None where no data set is named, or nothing is known of it.
    """
    given = spec.train.class_weights
    if not isinstance(given, dict) or (classes is None and (spec.data or is_data_wrong(spec))):
        return
    if classes is None:
        message = (
            "names classes, but there is no data set that has them; add data: cifar10 or another, "
            "or write balanced"
        )
        yield _problem(spec, message)
        return
    known = set(classes)
    for name in given:
        if name not in known:
            meant = closest(name, [each for each in classes if each not in given])
            hint = (
                f"did you mean {_shown(meant)}?"
                if meant
                else f"the classes are {join_words(map(_shown, classes))}"
            )
            yield _problem(spec, f"no class is called {show(name)}; {hint}", name)
    if missing := [_shown(name) for name in classes if name not in given]:
        message = f"has no weight for {join_words(missing)}; give every class one, like 1"
        yield _problem(spec, message)


def both_remedies(spec: Specification) -> Iterator[Problem]:
    """A warning where rare classes are shown more often, and count more each time."""
    if spec.train.class_weights and spec.data and spec.data.sampler:
        message = (
            "data.sampler: balanced shows all classes alike already; with weights too, rare ones "
            "count for more than the others.\nLeave one of the two out."
        )
        yield replace(_problem(spec, message), severity="warning")


def uneven_classes(
    spec: Specification, classes: Sequence[str], labels: Iterable[int]
) -> str | None:
    """What must be said of the training images' numbers, where nothing is done about them."""
    data, train = spec.data, spec.train
    if (data and data.sampler) or train.class_weights or train.loss.is_for_rare_classes:
        return None
    counts = Counter(labels).most_common()
    (largest, most), (smallest, fewest) = counts[0], counts[-1]
    if most < _UNEVEN * fewest:
        return None
    return (
        f"{most:,} training images are of {_shown(classes[largest])}, and "
        f"{fewest:,} of {_shown(classes[smallest])}: classes with few images are easily not "
        "learned; data.sampler: balanced or train.class_weights: balanced makes all count alike"
    )


def _shown(name: str) -> str:
    return short(printable(name))


def _problem(spec: Specification, message: str, *name: str) -> Problem:
    return Problem(spec.place(*_PATH, *name), ".".join(_PATH), message)
