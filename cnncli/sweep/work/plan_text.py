"""What a sweep will do, before it does anything."""

from itertools import islice

from cnncli.check.result import Step
from cnncli.config.load import load
from cnncli.machine import available_threads
from cnncli.report.layout.parts import page
from cnncli.report.table import Column, table
from cnncli.sweep.judgement import check_trial, check_trials
from cnncli.sweep.listing import column_names, rows
from cnncli.sweep.sweep_spec import SweepSpec, trial_of, trials
from cnncli.text import bytes_text, count
from cnncli.training.ending import in_words

from .worker import ladder_of

_SHOWN = 10
"""Trials, of which the first are shown."""


def plan_text(spec: SweepSpec) -> str:
    """How many trials there are, the rungs, and the first trials. Raises as `check_trials` does."""
    check_trials(spec)
    base = load(spec.base, spec.common)
    size = trials(spec)
    many = "trials until the hours are over" if size is None else count(size, "trial")
    threads = base.train.threads or available_threads()
    parts = [
        f"{spec.name}: {many}, {spec.sampler.name}, by {in_words(spec.objective.metric)}; "
        f"{count(threads, 'thread')} each",
        _rungs(spec, base.train.epochs, size),
        "" if spec.sampler.asks_optuna else _first(spec, size),
    ]
    return page(*filter(None, parts), apart=True)


def _rungs(spec: SweepSpec, whole: int, size: int | None) -> str:
    """Who trains how long, and how much less that is."""
    ladder = ladder_of(spec, whole)
    if size is None or len(ladder.epochs) == 1:
        return ""
    lines, total, before = [], 0, 0
    for limit in ladder.epochs:
        epochs = limit or whole
        lines.append(f"{count(size, 'trial')} to epoch {epochs:,}")
        total += size * (epochs - before)
        size, before = -(-size // ladder.factor), epochs
    all_of_it = (trials(spec) or 0) * whole
    return f"halving: {', '.join(lines)}: {total:,} epochs instead of {all_of_it:,}"


def _first(spec: SweepSpec, size: int | None) -> str:
    keys = list(spec.space)
    numbers = islice(range(_SHOWN if size is None else size), _SHOWN)
    shown = [trial_of(spec, number) for number in numbers]
    columns = [
        Column("trial", numeric=True),
        *(Column(name, least=12) for name in column_names(keys)),
        Column("memory", numeric=True, rank=1),
    ]
    memory = []
    for trial in shown:
        config, graph = check_trial(spec, trial)
        step = Step.of(config, graph, config.train.batch_size)
        memory.append(bytes_text(step.memory.total))
    cells = [[*row, taken] for row, taken in zip(rows(keys, shown), memory, strict=True)]
    more = "" if size is not None and size <= _SHOWN else "\n(the first; the others are like them)"
    return page(table(columns, cells), more.strip()) if more else table(columns, cells)
