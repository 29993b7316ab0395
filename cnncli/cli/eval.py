"""`cnn eval`: how good a trained network is."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from cnncli.api.run import Run
from cnncli.engine.parallel.world import here
from cnncli.files import write_whole
from cnncli.inference.judge import Judgement
from cnncli.report.evaluation import (
    class_table,
    confusion_table,
    never_predicted,
    pictures,
    summary,
)
from cnncli.report.layout import words
from cnncli.report.layout.parts import page
from cnncli.report.predictions import Origin, answer_lines
from cnncli.report.terminal_chart import signs_of
from cnncli.text import json_text
from cnncli.training.ending import best_text
from cnncli.training.state import Best
from cnncli.training.storage.resume import SavedRun
from cnncli.training.tools.alike import check_programs

from .echo import echo, say, show
from .options import PATH, Output, output_option, threads_option, wide_option
from .ranks import over_ranks
from .styles import title


@click.command("eval")
@click.argument("run", metavar="RUN_OR_CHECKPOINT", type=PATH)
@click.option("--data", type=PATH, help="Other images, or where those of the run are now.")
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="test",
    help="The images to judge it on; without it, test.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@output_option("--predictions", metavar="FILE.csv", help="Write what it says of each image.")
@threads_option
@wide_option
@click.option("--plain", is_flag=True, help="Images as they are, without data.views.")
@over_ranks
def evaluate_command(
    run: Path,
    data: Path | None,
    split: str,
    as_json: bool,
    predictions: Output | None,
    threads: int | None,
    plain: bool,
) -> None:
    """Judge a trained network on labelled images.

    Of a run, the best checkpoint is taken if it held images out for validation, else the last.
    The images are those of the set that the checkpoint names, or with --data those of a folder of
    class folders, an .npz, .csv or IDX file, or a configuration: their part to test on, or all if
    there are no parts. Classes are found by their names.

    \b
    cnn eval runs/cifar-1
    cnn eval runs/cifar-1/last.safetensors --split validation --json
    cnn eval runs/flowers-1 --data new-photos --predictions mistakes.csv
    """
    check_programs(here(), say)
    network = Run(run, threads=threads, plain=plain, notify=say)
    saved = network.saved
    found = network.judge(data, split, keeps_answers=predictions is not None)
    used = saved.checkpoint.data
    if used.stand_in_for:
        say(f"warning: {used.name!r} is a stand-in for {used.stand_in_for}")
    part = found.judged.part
    if never := never_predicted(part, used.classes, found.evaluation.confusion.tolist()):
        say(f"warning: {never}")
    if predictions:
        origin = Origin(str(saved.path), used.name, used.stand_in_for, 1)
        text = "".join(f"{line}\n" for line in answer_lines(found.answers, origin))
        content = text.encode(errors="surrogateescape")
        target = predictions
        here().first(lambda: write_whole(target.path, content, replace=target.replace))
    if as_json:
        echo(_json(saved, found))
        return
    show(_text(saved, found))
    if most := words.columns(sys.stdout):
        counts, recalls = found.evaluation.confusion.tolist(), found.evaluation.class_accuracy
        signs = signs_of(sys.stdout.encoding)
        for picture in pictures(used.classes, counts, recalls, signs, most):
            show("")
            show(picture, title)


def _best(saved: SavedRun) -> Best | None:
    """What is known of the run's best network, if the checkpoint is of its epoch's end."""
    progress = saved.checkpoint.progress
    best = progress.best
    return best if best.epoch and best.step == progress.step else None


def _json(saved: SavedRun, found: Judgement) -> str:
    data, evaluation = saved.checkpoint.data, found.evaluation
    precision, recall, f1 = zip(*evaluation.measures, strict=True)
    means = evaluation.means
    values = {
        "checkpoint": str(saved.path),
        "step": saved.checkpoint.progress.step,
        "dataset": found.judged.name,
        "stand_in_for": data.stand_in_for,
        "split": found.judged.part,
        "images": evaluation.images,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        **({"best": asdict(best)} if (best := _best(saved)) else {}),
        **({} if evaluation.top5 is None else {"top5": evaluation.top5}),
        "classes": list(data.classes),
        "per_class": evaluation.class_accuracy,
        "confusion": evaluation.confusion.tolist(),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "macro": means._asdict(),
        "balanced_accuracy": means.recall,
        "left_out": found.judged.left_out,
    }
    return json_text(values)


def _text(saved: SavedRun, found: Judgement) -> str:
    classes, e = saved.checkpoint.data.classes, found.evaluation
    judged, confusion = found.judged, e.confusion.tolist()
    best, total = (
        _best(saved),
        summary(judged.name, judged.part, e.images, e.loss, e.accuracy, e.top5),
    )
    parts = [
        f"{total}\n{best_text(best, best.epoch)}" if best else total,
        class_table(classes, confusion, e.measures, e.means),
        confusion_table(classes, confusion),
    ]
    return page(*(part for part in parts if part), apart=True)
