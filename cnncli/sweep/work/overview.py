"""What is shown of a sweep: its trials, what each key does, and the best trial."""

import os
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple

from cnncli.report.layout.parts import page
from cnncli.report.progress import duration
from cnncli.report.table import Cell, Column, table
from cnncli.sweep.listing import column_names, rows
from cnncli.sweep.trial import Trial, written
from cnncli.text import in_shell, join_words, json_text
from cnncli.training.ending import in_words

from .standing import Standing, TrialState

_LINES = 6
"""Different numbers of a key that have a line each; more are put into groups."""
_GROUPS = 4
"""Of numbers, with as many trials in each as can be."""


class Line(NamedTuple):
    """Trials that have a value of a key, or a number of a range: how many, and their objectives."""

    value: str
    trials: int
    mean: float
    best: float


def sweep_text(found: Standing) -> str:
    """For people."""
    parts = [_head(found)]
    if found.trials:
        parts.append(_trial_table(found))
    parts += [_key_table(key, lines, found) for key, lines in by_key(found).items()]
    parts += [text for text in (_mixed(found), *_best(found)) if text]
    return page(*parts, apart=True)


def sweep_json(found: Standing) -> str:
    """For machines."""
    spec = found.spec
    values = {
        "name": spec.name,
        "folder": str(found.path),
        "objective": spec.objective.metric,
        "complete": found.is_complete,
        "size": found.size,
        "began": found.about.began,
        "threads": found.about.threads,
        "states": dict(sorted(found.counts.items())),
        "trials": [trial._asdict() for trial in found.trials],
        "keys": [
            {"key": key, "lines": [line._asdict() for line in lines]}
            for key, lines in by_key(found).items()
        ],
        "best": found.best,
        "made_with": list(found.made_with),
    }
    return json_text(values)


def by_key(found: Standing) -> dict[str, list[Line]]:
    """What each key does: of all trials with an objective, by their values of it."""
    sound = [trial for trial in found.trials if trial.objective is not None]
    return {key: lines for key in found.spec.space if (lines := list(_lines(key, sound, found)))}


def _lines(key: str, sound: Sequence[TrialState], found: Standing) -> Iterator[Line]:
    choose = max if found.spec.objective.more_is_better else min
    having = [trial for trial in sound if key in trial.values]
    for name, group in _groups(key, having):
        objectives = [trial.objective for trial in group if trial.objective is not None]
        yield Line(name, len(group), fmean(objectives), choose(objectives))


def _groups(key: str, having: Sequence[TrialState]) -> list[tuple[str, list[TrialState]]]:
    """Trials by value; numbers in their order, and many of them in groups of as many trials."""
    by_value: dict[str, list[TrialState]] = {}
    for trial in having:
        by_value.setdefault(written(trial.values[key]), []).append(trial)
    values = {text: group[0].values[key] for text, group in by_value.items()}
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values.values()):
        return list(by_value.items())
    texts = sorted(by_value, key=lambda text: values[text])
    if len(texts) <= _LINES:
        return [(text, by_value[text]) for text in texts]
    groups: list[tuple[list[str], list[TrialState]]] = []
    done = 0
    for text in texts:
        if not groups or done >= len(having) * len(groups) / _GROUPS:
            groups.append(([], []))
        groups[-1][0].append(text)
        groups[-1][1].extend(by_value[text])
        done += len(by_value[text])
    return [
        (members[0] if len(members) == 1 else f"{members[0]} to {members[-1]}", group)
        for members, group in groups
    ]


def _head(found: Standing) -> str:
    counts = found.counts
    states = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])
    of = f" of {found.size:,}" if found.size and found.size > len(found.trials) else ""
    begun = f"{len(found.trials):,}{of} {'trial' if (found.size or 2) == 1 else 'trials'}"
    how = "complete" if found.is_complete else "not complete"
    by = in_words(found.spec.objective.metric)
    return f"{found.spec.name}: {how}, {begun}{f': {states}' if states else ''}; by {by}"


_STATES = ("finished", "paused", "diverged", "failed", "running", "waiting")


def _trial_table(found: Standing) -> str:
    keys = [key for key in found.spec.space if any(key in trial.values for trial in found.trials)]
    columns = [
        Column("trial", numeric=True),
        *(Column(name, rank=3, least=12) for name in column_names(keys)),
        Column("epochs", numeric=True, rank=2),
        Column(in_words(found.spec.objective.metric).replace(" ", "\n"), numeric=True),
        Column("in\nepoch", numeric=True, rank=2),
        Column("time", numeric=True, rank=1),
        Column("state", way="prose", least=12),
    ]
    return table(columns, [_row(trial, keys) for trial in found.ranked])


def _row(trial: TrialState, keys: Sequence[str]) -> list[Cell]:
    (values,) = rows(keys, [Trial(trial.number, trial.values)])
    return [
        *values,
        trial.epochs,
        "-" if trial.objective is None else f"{trial.objective:.4f}",
        trial.best_epoch or "-",
        duration(trial.seconds),
        _state(trial),
    ]


def _state(trial: TrialState) -> str:
    if trial.message:
        return f"{trial.state}: {trial.message.splitlines()[0]}"
    return f"{trial.state} ({trial.worker})" if trial.worker else trial.state


def _key_table(key: str, lines: Sequence[Line], found: Standing) -> str:
    columns = [
        Column(key, least=20),
        *(Column(name, numeric=True) for name in ("trials", "mean", "best")),
    ]
    return table(columns, [[v, n, f"{mean:.4f}", f"{best:.4f}"] for v, n, mean, best in lines])


def _mixed(found: Standing) -> str:
    """That trials were not all computed by the same libraries on the same kind of processor."""
    if len(found.made_with) < 2:
        return ""
    return (
        f"computed with {join_words(found.made_with)}: the bits of a trial may depend on which of "
        "these it was"
    )


def _best(found: Standing) -> Iterator[str]:
    if found.best is None:
        return
    trial = next(trial for trial in found.trials if trial.number == found.best)
    run = found.path / f"trial-{trial.number:05d}"
    so_far = "" if found.is_complete else " so far"
    yield (
        f"best{so_far}: trial {trial.number}, {in_words(found.spec.objective.metric)} "
        f"{trial.objective:.4f}: {Trial(trial.number, trial.values)}"
    )
    if found.is_complete:
        file = found.path / "best.yaml"
        config = f"its configuration: {file}\n" if os.path.exists(file) else ""
        yield f"{config}to judge it on the test set: cnn eval {in_shell(run)}"
