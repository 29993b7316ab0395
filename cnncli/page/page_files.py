"""Writes pages and figures; what is there already is replaced only if it is ours."""

from base64 import b64decode
from pathlib import Path

from cnncli.errors import UsageError
from cnncli.files import plain_file, reported, write_whole

from .elements import svg_file
from .html_document import HEAD, Document, is_ours


def check_place(path: Path, *, force: bool) -> None:
    """Raises UsageError where a file is there that is no page of ours, unless force is given."""
    with reported(path):
        if plain_file(path) is None or force:
            return
        with open(path, encoding="utf-8", errors="replace") as file:
            head = file.read(HEAD)
    if not is_ours(head):
        raise UsageError(
            f"{path}: is there already, and is no page of cnn; move it away, or give another --out"
        )


def write_page(document: Document, path: Path, *, force: bool = False) -> None:
    """Raises UsageError as `check_place`, WriteError where it cannot be written."""
    check_place(path, force=force)
    write_whole(path, document.text.encode())


def write_figures(document: Document, folder: Path, *, force: bool = False) -> list[Path]:
    """Each drawing as FOLDER/NAME.svg, its maps as NAME-MAP.png; returns the files.

    A map is an `image` of the drawing that has a `data-file`, which is its name.

    Raises UsageError where one is there already, unless force is given; WriteError.
    """
    with reported(folder, "could not be made"):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, drawing, style in document.figures():
        contents = {f"{name}.svg": svg_file(drawing, style).encode()}
        for image in drawing.iter("image"):
            if own := image.get("data-file"):
                _, _, packed = image.get("href", "").partition(",")
                contents[f"{name}-{own}.png"] = b64decode(packed)
        for file, content in contents.items():
            write_whole(folder / file, content, replace=force)
            written.append(folder / file)
    return written
