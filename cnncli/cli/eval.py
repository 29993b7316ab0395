"""`cnn eval`: how good a trained network is."""

from pathlib import Path

import click

from cnncli.inference.judge import judge
from cnncli.report.evaluation import class_table, confusion_table, never_predicted, summary
from cnncli.text import json_text
from cnncli.training.evaluate import Evaluation
from cnncli.training.storage.resume import SavedRun, open_run

from .echo import echo, say
from .options import PATH, threads_option


@click.command("eval")
@click.argument("run", metavar="RUN_OR_CHECKPOINT", type=PATH)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    help="The images to judge it on; without it, test.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@threads_option
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
    saved = open_run(run)
    evaluation = judge(saved, split, threads=threads, plain=plain, data_root=data_root, notify=say)
    data = saved.checkpoint.data
    if data.stand_in_for:
        say(f"warning: {data.name!r} is a stand-in for {data.stand_in_for}")
    if never := never_predicted(split, data.classes, evaluation.confusion.tolist()):
        say(f"warning: {never}")
    show = _json if as_json else _text
    echo(show(saved, split, evaluation))


def _json(saved: SavedRun, split: str, evaluation: Evaluation) -> str:
    data = saved.checkpoint.data
    values = {
        "checkpoint": str(saved.path),
        "step": saved.checkpoint.progress.step,
        "dataset": data.name,
        "stand_in_for": data.stand_in_for,
        "split": split,
        "images": evaluation.images,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        **({} if evaluation.top5 is None else {"top5": evaluation.top5}),
        "classes": list(data.classes),
        "per_class": evaluation.class_accuracy,
        "confusion": evaluation.confusion.tolist(),
    }
    return json_text(values)


def _text(saved: SavedRun, split: str, e: Evaluation) -> str:
    data, confusion = saved.checkpoint.data, e.confusion.tolist()
    parts = [
        summary(data.name, split, e.images, e.loss, e.accuracy, e.top5),
        class_table(data.classes, confusion, e.class_accuracy),
        confusion_table(data.classes, confusion),
    ]
    return "\n\n".join(part for part in parts if part)
