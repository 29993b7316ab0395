"""Calling commands, and a configuration for a run of a second."""

from pathlib import Path

import numpy as np
from click.testing import CliRunner

from cnncli.cli.main import cli

DATA = Path(__file__).parents[2] / "data"


def call(*arguments):
    """A command's result: exit_code, stdout, stderr."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def succeed(*arguments):
    """The result of a command that ends with status 0."""
    result = call(*arguments)
    assert result.exit_code == 0, result.stderr
    return result


def refusal(*arguments, status):
    """The message of a command that prints no result and ends with that status."""
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    return result.stderr


NEVER = "warning: the network takes no image of the test split for "
"""What is said of the network of a run of a second."""


def write_config(folder, *, data=None, architecture="INPUT-CONV3-4-BN-RELU-POOL-FC", more=""):
    """A configuration for a run of a second."""
    if data is None:
        data = f"{{name: digits, root: {DATA}, limit: 96, validation: 64}}"
    path = folder / "tiny.yaml"
    path.write_text(
        f"data: {data}\narchitecture: {architecture}\n"
        f"train: {{epochs: 2, batch_size: 32, threads: 2, optimizer: {{lr: 0.05}}}}\n{more}"
    )
    return path


def write_npz(path, *, count=24, classes=3):
    """Small noise images with labels that go round, to train and to test on."""
    images = np.random.default_rng(0).integers(0, 256, (count, 4, 4, 1), dtype=np.uint8)
    labels = np.arange(count) % classes
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)


def npz_config(folder, **sizes):
    """A configuration for a set of one's own, which is in own.npz."""
    file = folder / "own.npz"
    write_npz(file, **sizes)
    return write_config(folder, data=f"{{name: npz, root: {file}}}", architecture="INPUT-FC")
