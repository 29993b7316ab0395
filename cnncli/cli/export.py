"""`cnn export`: a network for other programs."""

import os
from pathlib import Path

import click

from cnncli.check.check import check
from cnncli.errors import UsageError
from cnncli.exchange.taken import Taken
from cnncli.files import write_whole
from cnncli.training.storage.resume import open_run

from .echo import say
from .options import PATH, Output, beside, output_option

_PYTHON = ".py"
_WEIGHTS = ".safetensors"


@click.command()
@click.argument("source", metavar="RUN_OR_CHECKPOINT_OR_CONFIG", type=PATH)
@output_option("--onnx", another="--torch", metavar="FILE.onnx", help="Write an ONNX model.")
@output_option(
    "--torch",
    metavar="FILE.py",
    shares_force=True,
    help="Write a PyTorch module, and its weights into FILE.safetensors.",
)
def export(source: Path, onnx: Output | None, torch: Output | None) -> None:
    """Write a network for other programs.

    Both take images in the order N, C, H, W, of the size of INPUT and with the values that they
    have in the training set (digits: 0 to 16), and give the class scores; what images are
    normalised by is in them. An ONNX model takes bytes; its metadata name the classes, and hold the
    configuration. Of a run, the best checkpoint is taken if it held images out for validation, else
    the last; of a configuration, the network before its training.

    \b
    cnn export runs/cifar-1 --onnx cifar.onnx
    cnn export configs/resnet18.yaml --torch resnet18.py
    """
    if not (onnx or torch):
        raise UsageError("say what to write: --onnx FILE.onnx, --torch FILE.py, or both")
    if torch and torch.path.suffix != _PYTHON:
        raise UsageError(f"{torch.path}: a Python file is written here; its name ends in .py")
    weights = beside(torch, _WEIGHTS) if torch else None
    taken = _taken(source)
    if onnx:
        _write(onnx, _onnx(taken))
    if torch and weights:
        from safetensors.numpy import save

        from cnncli.exchange.torch.module_text import write

        written = write(taken, weights.path.name)
        _write(weights, save(dict(written.arrays)))
        _write(torch, written.text.encode())


def _taken(source: Path) -> Taken:
    if os.path.isdir(source) or source.suffix == _WEIGHTS:
        return Taken.of_run(open_run(source))
    return Taken.of_configuration(*check(source).network())


def _onnx(taken: Taken) -> bytes:
    try:
        from cnncli.exchange.onnx_models.model import encode, model_of
    except ImportError:
        raise UsageError(
            "the package onnx is needed to write ONNX; install it: pip install 'cnncli[onnx]'"
        ) from None
    return encode(model_of(taken))


def _write(output: Output, content: bytes) -> None:
    write_whole(output.path, content, replace=output.replace, notify=say)
    say(f"saved in {output.path}")
