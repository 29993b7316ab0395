"""`cnn convert`: a network written otherwise, with the same weights."""

import os
from pathlib import Path

import click

from cnncli.check.check import check
from cnncli.errors import UsageError
from cnncli.files import write_whole
from cnncli.graph.rewrite.fc_conv import conv_to_fc, fc_to_conv
from cnncli.layers.fields import WindowExtent
from cnncli.report.conversion import conversion_text
from cnncli.schema.validation import validate
from cnncli.training.storage.resume import open_run
from cnncli.training.tools.convert import convert_checkpoint, convert_configuration

from .echo import say, show
from .options import PATH, Output, output_option

CHECKPOINT = ".safetensors"
YAML = [".yaml", ".yml"]


@click.command()
@click.argument("source", metavar="RUN_OR_CHECKPOINT_OR_CONFIG", type=PATH)
@click.option("--fc-to-conv", "to_conv", is_flag=True, help="Write every FC as a CONV.")
@click.option("--conv-to-fc", "to_fc", is_flag=True, help="Write a CONV over the whole map as FC.")
@click.option("--image", metavar="WxH", help="Take larger images, and give a map of scores.")
@output_option("--out", required=True, help="The new configuration or checkpoint.")
def convert(source: Path, to_conv: bool, to_fc: bool, image: str | None, out: Output) -> None:
    """Write FC layers as CONV layers, or back; the class scores stay the same.

    Converted to CONV, a network slides over larger images in one pass: with --image it gives
    scores at many places, each as for the crop there, but for padding. FLATTEN and SOFTMAX are
    left out, and a global POOL becomes one with a window. A configuration gives a configuration,
    without its data set for --image; a run (its best checkpoint, or its last) or a checkpoint
    gives a checkpoint. Layers keep their names.

    \b
    cnn convert runs/cifar-1 --fc-to-conv --out cifar.safetensors
    cnn convert configs/vgg16.yaml --fc-to-conv --image 384x384 --out large.yaml
    """
    if to_conv == to_fc:
        raise UsageError("say what to write: either --fc-to-conv or --conv-to-fc")
    if image is not None and to_fc:
        raise UsageError("--image is for a network that slides: it goes with --fc-to-conv")
    how = fc_to_conv if to_conv else conv_to_fc
    extent = None
    if image is not None:
        extent, problems = validate(WindowExtent, image, "--image")
        if problems:
            raise UsageError(problems[0].message)
    is_checkpoint = os.path.isdir(source) or source.suffix == CHECKPOINT
    _check_ending(out.path, is_checkpoint)
    if is_checkpoint:
        checkpoint, result = convert_checkpoint(open_run(source), how, extent)
        checkpoint.save(out.path, replace=out.replace, notify=say)
    else:
        result = convert_configuration(*check(source).network(), how, extent)
        write_whole(out.path, result.config.encode(), replace=out.replace, notify=say)
    show(conversion_text(result.changes, result.graph))
    say(f"saved in {out.path}")


def _check_ending(out: Path, is_checkpoint: bool) -> None:
    what, endings = ("a checkpoint", [CHECKPOINT]) if is_checkpoint else ("a configuration", YAML)
    if out.suffix not in endings:
        raise UsageError(
            f"{out}: {what} is written here; give --out a name that ends in {endings[0]}"
        )
