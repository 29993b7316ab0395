"""`cnn train --seeds`, `--folds`: several runs of one configuration, and what they say together."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from cnncli.api.network import Network
from cnncli.config.load import load
from cnncli.config.specification import Specification
from cnncli.engine.parallel.world import here
from cnncli.errors import (
    CnncliError,
    DivergedError,
    Interrupted,
    RunFailed,
    TargetMissed,
    UsageError,
)
from cnncli.machine import available_threads, machine_memory
from cnncli.runs.sets.jobs import GOES_ON, run_jobs
from cnncli.runs.sets.outcome import Outcome, outcome
from cnncli.runs.sets.repetition import Member, Repetition, RunSet, begin, find_set
from cnncli.runs.sets.set_progress import SetProgress
from cnncli.runs.sets.set_report import diverged, figures, record, report
from cnncli.text import as_argument, bytes_text, count, join_words
from cnncli.training.signals import Interrupt
from cnncli.training.storage.directory import RUNS

from .echo import notice_line, show
from .interrupts import number_of
from .next_step import next_step


def train_set(ctx: click.Context, given: Sequence[str]) -> None:
    """All the runs, then a table of them; given: what the command sets for all of them.

    Raises what a run raises; Interrupted when all that were going are saved, DivergedError where
    all have diverged, RunFailed where a job has failed, TargetMissed where the mean is below what
    was asked for.
    """
    options = ctx.params
    _check(options)
    seeds, folds, jobs, out = (options[name] for name in ("seeds", "folds", "jobs", "out"))
    runs = Repetition(seeds.numbers if seeds else (), folds)
    name = load(options["config"], given).name
    found = find_set(out, name, runs) if options["resume"] else None
    runs = found.runs if found else runs
    progress = SetProgress(
        len(runs.members),
        quiet=options["quiet"],
        bar=not options["no_progress"],
        form=notice_line,
    )
    if options["resume"] and not found:
        progress.warn(f"{out or f'{RUNS / name}-N'} holds no {runs.option[2:]} yet: starting anew")
    spec = _specification(options, given, runs, found, progress)
    chosen = found or begin(out, name, runs)
    with chosen.lock():
        chosen.record(spec)
        progress.say(
            f"{name}: {runs} in {chosen.path}, {count(spec.train.threads or 1, 'thread')} for each"
        )
        with _interruption(ctx, chosen):
            own = set(runs.members[0].overrides)
            held = [each.text for each in spec.overrides if each.text not in own]
            go = _side_by_side if jobs else _one_after_another
            try:
                outcomes = go(options, chosen, held, progress)
            finally:
                progress.close()
        chosen.record(spec, record(runs, outcomes))
        if others := chosen.others():
            progress.warn(
                f"warning: {join_words(others)} had another configuration than "
                f"{runs.members[0].name}, by their config.yaml: the means are of several recipes"
            )
    show(report(runs, outcomes))
    if not all(each.is_finished or each.has_diverged for each in outcomes.values()):
        step = next_step(ctx, chosen.path, is_finished=False, max_steps=None)
        progress.say(step)
    _judge(runs, outcomes, options["min_accuracy"])


def _check(options: dict[str, Any]) -> None:
    """Raises UsageError for options that do not go together."""
    seeds, folds = options["seeds"], options["folds"]
    option = "--seeds" if seeds else "--folds"
    if here().size > 1:
        raise UsageError(
            f"{option} makes runs of their own, and these {here().size} processes would be the "
            "ranks of one; start them one by one, or the ranks of each run"
        )
    if seeds and folds:
        raise UsageError(
            "--seeds and --folds are two ways to repeat a run, and go one at a time; for other "
            "folds set data.split_seed"
        )
    if seeds and options["seed"] is not None:
        raise UsageError("--seeds says the seed of each run; leave out --seed")
    own = "train.seed" if seeds else "data.fold"
    if any(text.partition("=")[0].strip() == own for text in options["overrides"]):
        raise UsageError(f"{option} says {own} of each run; leave out --set {own}")
    for name in ("smoke", "preview"):
        if options[name]:
            raise UsageError(f"--{name} is of one run; leave out {option}")


def _specification(
    options: dict[str, Any],
    given: Sequence[str],
    runs: Repetition,
    found: RunSet | None,
    progress: SetProgress,
) -> Specification:
    """Of the first run, checked, with the threads that all of them have.

    Without a word about them a set that begins has the cores, or of side by side each its share.
    """
    earlier = found.overrides if found else ()
    written = load(options["config"], [*earlier, *given])
    jobs = min(options["jobs"] or 1, len(runs.members))
    cores = available_threads()
    if written.train.threads is None:
        given = [*given, f"train.threads={max(1, cores // jobs)}"]
    if runs.folds is not None and written.data and written.data.validation:
        progress.say(
            f"--folds takes the place of data.validation, which is {written.data.validation:g}"
        )
    network = Network.unchecked(options["config"], given)
    checked = network.check(runs.members[0].overrides, earlier=earlier, needs_data=True)
    spec, _ = checked.trainable()
    for problem in checked.problems:
        progress.warn(f"warning: {problem}")
    memory, needed = machine_memory(), checked.step.memory.total if checked.step else 0
    if memory is not None and jobs > 1 and jobs * needed > memory:
        progress.warn(
            f"warning: {jobs} jobs take {jobs} times {bytes_text(needed)}, and this machine has "
            f"{bytes_text(memory)} of memory; give fewer --jobs"
        )
    if jobs > 1 and jobs * (spec.train.threads or 1) > cores:
        progress.warn(
            f"warning: {jobs} jobs of {count(spec.train.threads or 1, 'thread')} take turns on "
            f"{count(cores, 'core')}; give fewer --jobs or --threads"
        )
    return spec


def _one_after_another(
    options: dict[str, Any], chosen: RunSet, held: Sequence[str], progress: SetProgress
) -> dict[str, Outcome]:
    judges = chosen.runs.folds is None
    outcomes = {}
    for member in chosen.runs.members:
        directory = chosen.directory(member)
        network = Network.unchecked(options["config"], [*held, *member.overrides])
        has_diverged = False
        try:
            result = network.launch(
                progress,
                out=directory,
                max_steps=options["max_steps"],
                resume=os.path.isdir(directory),
                download=not options["no_download"],
                report=options["report"],
                judges=judges,
            )
        except DivergedError as error:
            has_diverged = True
            progress.warn(f"{member.name}: {error}")
        except Interrupted:
            raise
        except CnncliError:
            # without a run in it the set's folder goes, and --resume would take an older one
            stays = any(os.path.isdir(chosen.directory(each)) for each in chosen.runs.members)
            again = "; --resume goes on with it" if stays else ""
            progress.warn(f"{member.name} has failed{again}:")
            raise
        else:
            if result.text:
                progress.say(f"{member.name}: {result.text}")
        outcomes[member.name] = _outcome(chosen, member, has_diverged=has_diverged)
    return outcomes


def _side_by_side(
    options: dict[str, Any], chosen: RunSet, held: Sequence[str], progress: SetProgress
) -> dict[str, Outcome]:
    """Each in a process of its own. Raises RunFailed, and Interrupted when all have ended."""
    members = chosen.runs.members
    commands = {each.name: _command(options, chosen, each, held) for each in members}
    with Interrupt() as interrupt:
        statuses = run_jobs(commands, options["jobs"], chosen.path, progress, interrupt)
    done = sum(status in GOES_ON for status in statuses.values())
    if done < len(members) and interrupt.number is not None:
        message = f"interrupted: {done} of {len(members)} runs have ended"
        if any(os.path.isdir(chosen.directory(each)) for each in members):
            message += f", those begun are saved in {chosen.path}"
        raise Interrupted(message, interrupt.number, chosen.path)
    for name in commands:  # in the order of the runs, whichever has ended first
        status = statuses.get(name, 0)
        if status not in GOES_ON:
            raise RunFailed(
                f"{name} {_why(status)}; what it said is in {chosen.path / name}.log.\n"
                "--resume goes on with it and those not begun.",
                status,
            )
    return {
        each.name: _outcome(
            chosen, each, has_diverged=statuses[each.name] == DivergedError.exit_status
        )
        for each in members
    }


def _command(
    options: dict[str, Any], chosen: RunSet, member: Member, held: Sequence[str]
) -> list[str]:
    """The arguments of `cnn` for one of the runs."""
    directory = chosen.directory(member)
    words = ["--color", "never", "train", as_argument(options["config"]), "--out", str(directory)]
    for text in (*held, *member.overrides):
        words += ["--set", text]
    if options["max_steps"]:
        words += ["--max-steps", str(options["max_steps"])]
    flags = [name for name in ("report", "no_download", "quiet") if options[name]]
    flags += ["resume"] if os.path.isdir(directory) else []
    words += [f"--{name.replace('_', '-')}" for name in flags]
    return [*words, "--job", "seed" if chosen.runs.folds is None else "fold"]


def _why(status: int) -> str:
    if status <= 128:
        return f"has failed with exit status {status}"
    try:
        name = signal.Signals(status - 128).name
    except ValueError:
        return f"has failed with exit status {status}"
    killed = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f"was ended by {name}{killed}"


def _outcome(chosen: RunSet, member: Member, *, has_diverged: bool) -> Outcome:
    if has_diverged:
        return Outcome(has_diverged=True)
    return outcome(chosen.directory(member), judges=chosen.runs.folds is None)


@contextmanager
def _interruption(ctx: click.Context, chosen: RunSet) -> Iterator[None]:
    """Says how to go on where a signal has ended the runs."""
    try:
        yield
    except (Interrupted, KeyboardInterrupt) as error:
        if isinstance(error, Interrupted):
            message, number = str(error), error.signal_number
        else:
            message, number = f"interrupted, what is saved is in {chosen.path}", number_of(error)
        step = "" if ctx.params["quiet"] else next_step(ctx, chosen.path, is_finished=False)
        raise Interrupted(f"{message}\n{step}".rstrip(), number, chosen.path) from None


def _judge(runs: Repetition, outcomes: dict[str, Outcome], least: float | None) -> None:
    """Raises DivergedError where all have, TargetMissed where the mean is below the least.

    Of runs one of which has diverged there is no mean that could be enough.
    """
    told = diverged(outcomes)
    if all(each.has_diverged for each in outcomes.values()):
        raise DivergedError(
            f"all {count(len(outcomes), 'run')} have diverged.\nTry a smaller train.optimizer.lr, "
            "a warm-up, or train.clip_norm: 1."
        )
    if least is None:
        return
    if told:
        raise TargetMissed(f"{told}; --min-accuracy asks that all end well")
    found = figures(runs, outcomes)
    what = next(iter(found), "")
    if not what.endswith("accuracy") or any(each.accuracy is None for each in outcomes.values()):
        raise UsageError(
            "not all runs have an accuracy that is recorded to compare with; `cnn eval` judges one"
        )
    if found[what].mean < least:
        raise TargetMissed(
            f"the mean {what} {found[what].mean:.4f} is below --min-accuracy {least:g}"
        )
