"""A sweep file to the typed sweep. All problems at once."""

import os
import re
from itertools import islice
from pathlib import Path

from cnncli.bounds import MAX_TRIALS
from cnncli.config.source_text.document import Document
from cnncli.config.source_text.source import read_source
from cnncli.config.source_text.values import parse
from cnncli.errors import UsageError
from cnncli.problems import Place, Problems, check_problems
from cnncli.schema.validation import validate
from cnncli.shipped.configurations import Shipped, names, suggestion
from cnncli.text import ForeignPath, show

from .foreign_words import METRICS, PRUNERS, SAMPLERS, TOP_LEVEL
from .relative_paths import in_file
from .space import Space
from .space_reader import BAD_KEY, is_key, read_space
from .sweep_spec import Budget, Objective, SweepFile, SweepSpec
from .trial import as_override

_NAME = re.compile(r"\w[\w.+ -]{0,99}")


def load_sweep(file: Path) -> SweepSpec:
    """Reads a sweep file; of the base only that it can be read.

    Raises UsageError where the file cannot be read, ConfigError with everything that is wrong.
    """
    problems = Problems()
    document = parse(read_source(file), problems)
    if not isinstance(document.value, dict):
        message = "a sweep file must be a mapping, like 'base: net.yaml', with 'space:' below"
        problems.end(Place(str(file), 1, 1), "", f"{message}, not {show(document.value)}")
    _report_foreign_words(document)
    typed, found = validate(SweepFile, document.value, "the sweep")
    for problem in found:
        document.report(problem.path, problem.message, at_key=problem.at_key)
    space = Space()
    if isinstance(document.value.get("space"), dict):
        space = read_space(document)
    check_problems(problems.in_order())
    _check_whole(document, typed, space)
    base = _base(typed.base, file)
    try:
        read_source(base)
    except UsageError as error:
        meant = suggestion(typed.base) if not os.path.lexists(base) else ""
        document.report(("base",), f"{error}{meant}")
    check_problems(problems.in_order())
    return SweepSpec(
        file=file,
        name=typed.name or re.sub(r"[^\w.+ -]+", "-", file.stem).lstrip(".+ -")[:100] or "sweep",
        base=base,
        set=tuple(as_override(key, in_file(key, each, file)) for key, each in typed.set.items()),
        space=space,
        sampler=typed.sampler,
        budget=typed.budget,
        objective=Objective(typed.objective),
        pruner=typed.pruner,
        threads=typed.threads,
        places=document.places,
    )


def _report_foreign_words(document: Document) -> None:
    """What other tools call things; the words are taken out."""
    value = document.value
    for word in [word for word in value if word in TOP_LEVEL]:
        document.report((word,), f"unknown key {show(word)}; {TOP_LEVEL[word]}", at_key=True)
        del value[word]
    for key, words in (("sampler", SAMPLERS), ("pruner", PRUNERS), ("objective", METRICS)):
        given = value.get(key)
        name = next(iter(given), None) if isinstance(given, dict) else given
        if isinstance(name, str) and (ours := words.get(name.lower())):
            document.report((key,), f"unknown {key} {show(name)}; {ours}")
            del value[key]


def _check_whole(document: Document, typed: SweepFile, space: Space) -> None:
    """A grid has an end, and other samplers are given one; halving does not go with Optuna."""
    if typed.name is not None and not _NAME.fullmatch(typed.name):
        message = f"name must be text of letters, digits, spaces and -_.+, not {show(typed.name)}"
        document.report(("name",), message)
    for key in typed.set:
        if not is_key(key):
            document.report(("set", key), BAD_KEY, at_key=True)
        elif key in space:
            document.report(("set", key), "varies in space; leave it out here", at_key=True)
    decided = {"train.best": "objective", "train.threads": typed.threads and "threads"}
    for key, by in decided.items():
        for path in (("set", key), ("space", key)):
            if by and key in getattr(typed, path[0]):
                document.report(path, f"is what {by} of the sweep says; leave it out", at_key=True)
    if typed.sampler.asks_optuna and typed.pruner:
        message = f"goes with grid, random and quasi; {typed.sampler.name} learns of whole trials"
        document.report(("pruner",), message)
    if typed.sampler.name != "grid":
        if typed.budget == Budget():
            document.report(("budget",), "the sweep has no end; add budget: {trials: 30}")
        return
    size = 1
    for key, domain in space.items():
        if domain.size is None:
            document.report(("space", key), "a grid needs points: n here, or sampler: random")
        size *= domain.size or 1
    if size > MAX_TRIALS and not _is_small(space):
        document.report(("space",), f"the grid has {size:,} points; at most {MAX_TRIALS:,}")


def _is_small(space: Space) -> bool:
    """Whether conditions make few points of a grid, of which none has many along one key."""
    if any((domain.size or 0) > MAX_TRIALS for domain in space.values()):
        return False
    return len(list(islice(space.points(), MAX_TRIALS + 1))) <= MAX_TRIALS


def _base(base: Path, file: Path) -> Path:
    """The file beside the sweep's, or else one that is shipped."""
    beside = ForeignPath(file.parent / os.path.expanduser(base))
    for written in (beside, beside.with_name(f"{beside.name}.yaml")):
        if os.path.isfile(written):
            return written
    return Shipped(base) if str(base) in names() else beside
