"""`cnn import`: a network that another program has written."""

from dataclasses import replace
from pathlib import Path

import click

from cnncli.config.data import DataSpec
from cnncli.config.source_text.source import read_source
from cnncli.datasets.problems import problem
from cnncli.errors import UsageError
from cnncli.exchange.imported import Imported
from cnncli.exchange.torchvision.weight_file import SUFFIXES
from cnncli.files import write_whole
from cnncli.report.table import Column, table
from cnncli.schema.describe import hints
from cnncli.schema.validation import validate
from cnncli.text import count

from .completers import configurations
from .echo import say, show
from .options import PATH, Output, beside, output_option

_YAML = (".yaml", ".yml")
_CHECKPOINT = ".safetensors"
_NAMES = (Column("here"), Column("in the model"))


@click.command("import")
@click.argument("source", metavar="MODEL_OR_WEIGHTS", type=PATH)
@output_option(
    "--out",
    required=True,
    metavar="FILE",
    help="FILE.yaml, the configuration to write; of weights FILE.safetensors, the checkpoint.",
)
@click.option(
    "--config",
    type=PATH,
    shell_complete=configurations,
    help="Of weights: the configuration of the network that they are of.",
)
@click.option(
    "--fold", is_flag=True, help="Write patterns and blocks, and show what layers are called there."
)
@click.option("--classes", type=PATH, help="A file with the name of a class on each line.")
@click.option("--mean", metavar="M,M,M", help="Of each channel, by which images are normalised.")
@click.option("--std", metavar="S,S,S", help="Likewise the deviation; black is 0, white 1.")
def import_command(
    source: Path,
    out: Output,
    config: Path | None,
    fold: bool,
    classes: Path | None,
    mean: str | None,
    std: str | None,
) -> None:
    """Take over a network that another program has written as ONNX, or its weights.

    A model becomes a configuration, which names layers as the model names its operators, and
    beside it FILE.safetensors, a checkpoint that `cnn predict`, `cnn eval --data` and train.start
    take. What `cnn export` has written comes back as it was. Of other models, of which nothing says
    how images are prepared, --mean and --std do; without them, images are divided by 255. Operators
    that no layer can say are an error, which names them.

    Weights of torchvision's networks (.safetensors; .pth and .pt where PyTorch is installed) become
    such a checkpoint of --config, a configuration of the same network. Images are normalised by
    ImageNet's mean and deviation unless it, or --mean and --std, say otherwise.

    \b
    cnn import resnet18.onnx --out resnet18.yaml --fold
    cnn predict resnet18.safetensors cat.png
    cnn import weights.pth --config resnet18 --out resnet18.safetensors
    """
    if (mean is None) != (std is None):
        raise UsageError("--mean and --std go together")
    is_weights = source.suffix in SUFFIXES
    (_judge_weights if is_weights else _judge_model)(source, out, config, fold)
    checkpoint = out if is_weights else beside(out, _CHECKPOINT)
    imported = _weights(source, config) if config else _model(source, fold)
    if classes:
        imported = replace(imported, classes=_names(classes, imported.graph.classes))
    if mean and std:
        D = imported.graph.image.D
        imported = imported.normalised(_numbers("mean", mean, D), _numbers("std", std, D))
    imported.checkpoint.save(checkpoint.path, replace=checkpoint.replace, notify=say)
    if not is_weights:
        write_whole(out.path, imported.text.encode(), replace=out.replace, notify=say)
    if fold:
        show(table(_NAMES, [*imported.names.items()]))
    show(_summary(imported))
    if imported.stats is None:
        say("images are divided by 255, as nothing says otherwise; --mean and --std do")
    written = [checkpoint.path] if is_weights else [checkpoint.path, out.path]
    say("\n".join(f"saved in {path}" for path in written))


def _judge_model(source: Path, out: Output, config: Path | None, fold: bool) -> None:
    if out.path.suffix not in _YAML:
        raise UsageError(f"{out.path}: a configuration is written here; its name ends in .yaml")
    if config:
        raise UsageError(f"{source}: --config is for weights; a model has its own network")


def _judge_weights(source: Path, out: Output, config: Path | None, fold: bool) -> None:
    if out.path.suffix != _CHECKPOINT:
        raise UsageError(
            f"{out.path}: a checkpoint is written here; its name ends in {_CHECKPOINT}"
        )
    if config is None:
        raise UsageError(
            f"{source}: say of which network the weights are, like --config resnet18; cnn configs "
            "lists those that come with cnn"
        )
    if fold:
        raise UsageError(f"{source}: --fold is for models; weights come with a configuration")


def _weights(source: Path, config: Path) -> Imported:
    from cnncli.exchange.torchvision.weights import read_weights

    return read_weights(source, config, say)


def _model(source: Path, fold: bool) -> Imported:
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
