"""`cnn verify-resume`: proves that an interruption changes nothing."""

import hashlib
from pathlib import Path

import click

from cnncli.check.check import check
from cnncli.errors import TargetMissed
from cnncli.report.progress import Progress
from cnncli.text import count
from cnncli.training.storage.resume import load_images
from cnncli.training.tools.verify_resume import Digests
from cnncli.training.tools.verify_resume import verify_resume as verify

from .echo import notice_line, show
from .options import config_argument, seed_option, set_option, threads_option, train_overrides
from .ranks import alone


@click.command("verify-resume")
@config_argument
@set_option
@seed_option
@threads_option
@click.option("--no-download", is_flag=True, help="Do not fetch a missing data set.")
@click.option("--quiet", is_flag=True, help="Say nothing but warnings and the result.")
@alone
def verify_resume(
    config: Path,
    overrides: tuple[str, ...],
    seed: int | None,
    threads: int | None,
    no_download: bool,
    quiet: bool,
) -> None:
    """Prove that a run of CONFIG goes on after an interruption as if nothing had happened.

    Two short runs on the first images: one as a whole, and one that is saved and taken up again
    after every step. All arrays must be the same to the bit, and so must the metrics. Exits with
    1 where they are not.

    \b
    cnn verify-resume configs/digits.yaml
    cnn verify-resume configs/cifar.yaml --threads 1
    """
    given = train_overrides(seed=seed, threads=threads)
    spec, graph = check(config, [*overrides, *given], needs_data=True).trainable()
    progress = Progress(quiet=quiet, form=notice_line)
    dataset = load_images(
        spec, download=not no_download, notify=progress.warn, progress=progress.has_bar
    )
    show(f"{spec.name}: SHA-256 of all arrays, of a run as a whole and one that is resumed")
    proof = verify(spec, graph, dataset, _show)
    differences = list(proof.differences())
    lines = count(len(proof.metrics[0]), "line")
    show(f"metrics.jsonl: {lines}; test images: {proof.evaluations[0].images}")
    if differences:
        listed = "".join(f"\n  {difference}" for difference in differences)
        raise TargetMissed(f"{config}: the resumed run is another one:{listed}")
    show("the resumed run is the same, to the bit")


def _show(step: int, *runs: Digests) -> None:
    whole, resumed = (
        hashlib.sha256("".join(digests.values()).encode()).hexdigest()[:16] for digests in runs
    )
    same = "same" if runs[0] == runs[1] else "NOT the same"
    show(f"step {step}  {whole}  {resumed}  {same}")
