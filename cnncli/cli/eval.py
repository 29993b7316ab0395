"""`cnn eval`: how good a trained network is."""

import json
from dataclasses import replace
from pathlib import Path

import click

from cnncli.check.preparation import images, recorded_network
from cnncli.data.batches import Batches
from cnncli.data.load import split as split_of
from cnncli.engine.engine import Engine
from cnncli.errors import DataError
from cnncli.machine import available_threads
from cnncli.optim.losses import make_loss
from cnncli.report.evaluation import class_table, confusion_table, summary
from cnncli.training.evaluate import Evaluation, evaluate
from cnncli.training.session import pipeline_for, views_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import chosen_checkpoint
from cnncli.training.storage.resume import check_same_data
from cnncli.training.tools.convert import check_image_size
from cnncli.transforms.views import AS_IT_IS

from .options import PATH


@click.command("eval")
@click.argument("run", metavar="RUN_OR_CHECKPOINT", type=PATH)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    help="The images to judge it on; without it, test.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads that compute.")
@click.option("--plain", is_flag=True, help="Images as they are, without data.views.")
@click.option("--data-root", type=PATH, help="Where the data set is, if it was moved.")
def evaluate_command(
    run: Path,
    split: str,
    as_json: bool,
    threads: int | None,
    plain: bool,
    data_root: Path | None,
) -> None:
    """Judge a trained network on its data set.

    Of a run, the best checkpoint is taken if it held images out for validation, else the last.
    The images are those of the set that the checkpoint names.

    \b
    cnn eval runs/cifar-1
    cnn eval runs/cifar-1/last.safetensors --split validation --json
    """
    path = chosen_checkpoint(run)
    checkpoint = Checkpoint.load(path)
    spec, graph = recorded_network(checkpoint, path)
    if spec.data is None:
        raise DataError(
            f"{path}: learned from noise in a smoke run; there is nothing to judge it on"
        )
    if data_root:
        spec = replace(spec, data=replace(spec.data, root=data_root))
    data = checkpoint.data
    dataset = images(spec, download=False, notify=_say, progress=False, used=data)
    check_same_data(dataset, data)
    check_image_size(graph, dataset, path)
    images_of = split_of(dataset, split)
    batches = Batches(
        images_of, pipeline_for(spec, data), spec.train.batch_size, spec.train.seed, shuffle=False
    )
    count = threads or min(spec.train.threads or available_threads(), available_threads())
    algorithms = checkpoint.algorithms
    with Engine(graph, threads=count, seed=spec.train.seed, algorithms=algorithms) as engine:
        restore_network(checkpoint, path, engine)
        views = (AS_IT_IS,) if plain else views_for(spec)
        evaluation = evaluate(engine, make_loss(spec.train.loss), batches, views)
    evaluation.check(split)
    if data.stand_in_for:
        _say(f"warning: {data.name!r} is a stand-in for {data.stand_in_for}")
    if as_json:
        click.echo(json.dumps(_values(path, split, checkpoint, evaluation), indent=2))
    else:
        click.echo(_text(split, checkpoint, evaluation))


def _say(message: str) -> None:
    click.echo(message, err=True)


def _values(
    path: Path, split: str, checkpoint: Checkpoint, evaluation: Evaluation
) -> dict[str, object]:
    return {
        "checkpoint": str(path),
        "step": checkpoint.progress.step,
        "dataset": checkpoint.data.name,
        "stand_in_for": checkpoint.data.stand_in_for,
        "split": split,
        "images": evaluation.images,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "top5": evaluation.top5,
        "classes": list(checkpoint.data.classes),
        "per_class": evaluation.class_accuracy,
        "confusion": evaluation.confusion.tolist(),
    }


def _text(split: str, checkpoint: Checkpoint, evaluation: Evaluation) -> str:
    name, classes = checkpoint.data.name, checkpoint.data.classes
    confusion = evaluation.confusion.tolist()
    e = evaluation
    parts = [
        summary(name, split, e.images, e.loss, e.accuracy, e.top5),
        class_table(classes, confusion, evaluation.class_accuracy),
        confusion_table(classes, confusion),
    ]
    return "\n\n".join(part for part in parts if part)
