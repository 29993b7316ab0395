"""`cnn predict`: the classes of images."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import click

from cnncli.api.run import Run
from cnncli.bounds import MAX_PATH_BYTES
from cnncli.datasets.problems import problem
from cnncli.errors import DataError
from cnncli.files import write_whole
from cnncli.inference.image_paths import files_of, images_in
from cnncli.inference.predictor import Prediction
from cnncli.report.layout.words import can_take
from cnncli.report.predictions import (
    Origin,
    Row,
    bar_lines,
    csv_lines,
    json_document,
    json_lines,
    text_lines,
)
from cnncli.report.progress import ImageBar
from cnncli.text import ForeignPath, count, printable

from .echo import columns_of, echo, failure_line, notice_line, say
from .options import AT_LEAST_ONE, PATH, Output, output_option, threads_option

FORMATS: dict[str, Callable[[Iterable[Row], Origin], Iterator[str]]] = {
    "text": text_lines,
    "csv": csv_lines,
    "json": json_document,
    "jsonl": json_lines,
}
_BARS = 5
"""Classes that are drawn on a terminal."""


@click.command()
@click.argument("run", metavar="RUN_OR_CHECKPOINT", type=PATH)
@click.argument("paths", metavar="PATH...", type=PATH, nargs=-1, required=True)
@click.option("--top", type=AT_LEAST_ONE, help="Classes to name, the most probable first.")
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="text",
    help="How the classes are written; without it, as text.",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@output_option("--out", help="Write them to this file, not to standard output.")
@threads_option
@click.option("--plain", is_flag=True, help="Images as they are, without data.views.")
def predict(
    run: Path,
    paths: tuple[Path, ...],
    top: int | None,
    style: str,
    as_json: bool,
    out: Output | None,
    threads: int | None,
    plain: bool,
) -> None:
    """Tell the classes of images.

    PATH is an image, a folder with images in it and below, an .npz file, or - for names on standard
    input. Images are read as in training, and scaled to the network's INPUT.

    \b
    cnn predict runs/digits-1 scan.png
    cnn predict runs/flowers-1 photos/ --top 3 --format csv --out flowers.csv
    find photos -name '*.jpg' | cnn predict runs/flowers-1 - --format jsonl
    """
    network = Run(
        run, threads=threads, plain=plain, notify=lambda text: bar.write(text, notice_line)
    )
    saved = network.saved
    data = saved.checkpoint.data
    style = "json" if as_json else style
    draws_bars = style == "text" and out is None and sys.stdout.isatty()
    most = min(top or (_BARS if draws_bars else 1), len(data.classes))
    origin = Origin(str(saved.path), data.name, data.stand_in_for, most)
    if origin.warning:
        say(f"warning: {origin.warning}")
    files = files_of(_names(paths))
    listed = None if ForeignPath("-") in paths else list(files)
    unreadable: list[DataError] = []
    with (
        ImageBar(images_in(listed) if listed else None, is_shown=out is not None) as bar,
        network,
    ):

        def report(error: DataError) -> None:
            unreadable.append(error)
            bar.write(str(error), failure_line)

        found = bar.count(network.predictions(files if listed is None else listed, report))
        rows = _rows(found, data.classes, most)
        block = "█" if can_take(sys.stdout, "█") else "#"
        lines = (
            bar_lines(rows, origin, block, columns_of(sys.stdout))
            if draws_bars
            else FORMATS[style](rows, origin)
        )
        if out:
            text = "".join(f"{line}\n" for line in lines)
            write_whole(out.path, text.encode(errors="surrogateescape"), replace=out.replace)
        else:
            for line in lines:
                echo(printable(line))
    if unreadable:
        raise DataError(f"{count(len(unreadable), 'path')} could not be read")


def _names(paths: Iterable[Path]) -> Iterator[Path | DataError]:
    """The paths; for - those on standard input, one a line, as they come."""
    for path in paths:
        if str(path) != "-":
            yield path
        elif sys.stdin is None:  # as the caller may have closed it
            yield problem("standard input", "names of images", "none", "name them as PATH")
        else:
            yield from _lines(sys.stdin.buffer)


def _lines(stream: BinaryIO) -> Iterator[Path | DataError]:
    while line := stream.readline(MAX_PATH_BYTES + 1):
        if len(line) > MAX_PATH_BYTES:
            expected = f"names of fewer than {MAX_PATH_BYTES:,} bytes"
            found = line.decode(errors="replace")
            yield problem("standard input", expected, found, "write one a line")
            return
        if name := os.fsdecode(line.rstrip(b"\r\n")):
            yield ForeignPath(name)


def _rows(found: Iterable[Prediction], classes: tuple[str, ...], most: int) -> Iterator[Row]:
    return (Row(each.name, each.best(classes, most)) for each in found)
