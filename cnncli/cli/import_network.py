"""`cnn import`: a network that another program has written."""

from dataclasses import replace
from pathlib import Path

import click

from cnncli.config.data import DataSpec
from cnncli.config.source_text.source import read_source
from cnncli.data.channel_stats import ChannelStats, as_pixels
from cnncli.datasets.problems import problem
from cnncli.errors import UsageError
from cnncli.exchange.imported import Imported
from cnncli.files import write_whole
from cnncli.report.table import Column, table
from cnncli.schema.describe import hints
from cnncli.schema.validation import validate
from cnncli.text import count

from .echo import say, show
from .options import PATH, Output, beside, output_option

_YAML = (".yaml", ".yml")
_CHECKPOINT = ".safetensors"
_NAMES = (Column("here"), Column("in the model"))


@click.command("import")
@click.argument("source", metavar="MODEL.onnx", type=PATH)
@output_option("--out", required=True, metavar="FILE.yaml", help="The configuration to write.")
@click.option(
    "--fold", is_flag=True, help="Write patterns and blocks, and show what layers are called there."
)
@click.option("--classes", type=PATH, help="A file with the name of a class on each line.")
@click.option("--mean", metavar="M,M,M", help="Of each channel, by which images are normalised.")
@click.option("--std", metavar="S,S,S", help="Likewise the deviation; black is 0, white 1.")
def import_command(
    source: Path,
    out: Output,
    fold: bool,
    classes: Path | None,
    mean: str | None,
    std: str | None,
) -> None:
    """Take over a network that another program has written as ONNX.

    It becomes a configuration, which names layers as the model names its operators, and beside it
    FILE.safetensors, a checkpoint that `cnn predict`, `cnn eval --data` and train.start take. What
    `cnn export` has written comes back as it was. Of other models, of which nothing says how images
    are prepared, --mean and --std do; without them, images are divided by 255. Operators that
    no layer can say are an error, which names them.

    \b
    cnn import resnet18.onnx --out resnet18.yaml --fold
    cnn predict resnet18.safetensors cat.png
    """
    if out.path.suffix not in _YAML:
        raise UsageError(f"{out.path}: a configuration is written here; its name ends in .yaml")
    if (mean is None) != (std is None):
        raise UsageError("--mean and --std go together")
    weights = beside(out, _CHECKPOINT)
    imported = _read(source, fold)
    if classes:
        imported = replace(imported, classes=_names(classes, imported.graph.classes))
    if mean and std:
        imported = replace(imported, stats=_stats(mean, std, imported.graph.image.D))
    imported.checkpoint.save(weights.path, replace=weights.replace, notify=say)
    write_whole(out.path, imported.text.encode(), replace=out.replace, notify=say)
    if fold:
        show(table(_NAMES, [*imported.names.items()]))
    show(_summary(imported))
    if imported.stats is None:
        say("images are divided by 255, as nothing says otherwise; --mean and --std do")
    say(f"saved in {weights.path}\nsaved in {out.path}")


def _read(source: Path, fold: bool) -> Imported:
    try:
        from cnncli.exchange.onnx_models.reading.read_network import read_network
    except ImportError:
        raise UsageError(
            "the package onnx is needed to read ONNX; install it: pip install 'cnncli[onnx]'"
        ) from None
    return read_network(source, fold=fold)


def _names(file: Path, number: int) -> tuple[str, ...]:
    """The names of the classes, in their order."""
    names = tuple(line.strip() for line in read_source(file).text.splitlines() if line.strip())
    if len(names) != number or len(set(names)) < number:
        found = f"{len(names):,}, of which {len(set(names)):,} are different"
        remedy = "write one name a line, in the order of the scores"
        raise problem(file, f"names of {number:,} classes", found, remedy)
    return names


def _stats(mean: str, std: str, channels: int) -> ChannelStats:
    """As data.mean and data.std take them."""
    return ChannelStats(
        *(
            as_pixels(_numbers(option, text, channels), channels)
            for option, text in (("mean", mean), ("std", std))
        )
    )


def _numbers(option: str, text: str, channels: int) -> tuple[float, ...]:
    try:
        given: object = [float(part) for part in text.split(",")]
    except ValueError:
        given = text
    numbers, problems = validate(hints(DataSpec)[option], given, f"--{option}")
    if problems:
        raise UsageError(problems[0].message)
    if len(numbers) not in (1, channels):
        raise UsageError(f"--{option} has {len(numbers)} numbers; the images have {channels}")
    return tuple(numbers)


def _summary(imported: Imported) -> str:
    """What came, and what is taken for granted."""
    graph = imported.graph
    layers = count(len(graph.nodes) - 1, "layer")
    parameters = count(sum(node.parameters for node in graph.nodes), "parameter")
    return f"{layers}, {parameters}; {graph.image} images, {graph.classes:,} classes"
