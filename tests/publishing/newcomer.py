"""Somebody who has installed the wheel and has nothing else: from an empty folder to a prediction.

Run by the Python of an environment with the wheel (`make dist`), from anywhere; prints what was
typed and what came. Exits with 1 where a command fails, or the package is not the installed one.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import url2pathname

import cnncli

CNN = Path(sys.executable).parent / "cnn"
CLASSES = 3
"""Of the digits, that become a folder of images."""


def cnn(folder: Path, *arguments: object) -> str:
    """Runs a command in the folder, prints both, and returns its output."""
    words = list(map(str, arguments))
    print(f"$ cnn {' '.join(words)}", flush=True)
    hidden = ("PYTHONPATH", "CNN_DATA", "CNN_DATA_MIRROR")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        [CNN, *words],
        cwd=folder,
        env=environment | {"XDG_CACHE_HOME": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    print(done.stdout, flush=True)
    if done.returncode:
        sys.exit(f"exit status {done.returncode}")
    return done.stdout


def draw(folder: Path) -> dict[str, list[Path]]:
    """The digits of some classes as files of 64x64 pixels, in a folder for each class."""
    import numpy as np
    from PIL import Image

    from cnncli.config.data import DataSpec
    from cnncli.data.load import load

    digits = load(DataSpec(name="digits"), download=False, notify=print)
    files: dict[str, list[Path]] = {}
    for split in (digits.train, digits.test):
        for image, label in zip(np.asarray(split.images), split.labels, strict=True):
            own = files.setdefault(digits.classes[label], [])
            if int(label) < CLASSES and len(own) < 60:
                file = folder / f"is-{label}" / f"{len(own):02d}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                pixels = Image.fromarray((image[..., 0].astype(int) * 255 // 16).astype(np.uint8))
                pixels.resize((64, 64)).save(file)
                own.append(file)
    return files


def main() -> None:
    """The first minutes; then images of one's own."""
    package = Path(cnncli.__file__).parent
    if package.is_relative_to(Path(__file__).parents[2] / "cnncli"):
        sys.exit(f"{package}: this is the project's folder, not an installed wheel")
    if not (package / "py.typed").is_file():
        sys.exit("the wheel says nothing of types")
    with TemporaryDirectory() as name:
        folder = Path(name)
        cnn(folder, "configs")
        cnn(folder, "shapes", "resnet18", "--quiet")
        cnn(folder, "init")
        first = (folder / "digits.yaml").read_text().splitlines()[0]
        if not Path(url2pathname(urlsplit(first.split("=", 1)[1]).path)).is_file():
            sys.exit(f"there is no schema for editors: {first}")
        cnn(folder, "train", "digits.yaml", "--epochs", 10, "--min-accuracy", 0.9)
        cnn(folder, "eval", "runs/digits-1")
        cnn(folder, "report", "runs/digits-1", "--live")
        page = (folder / "runs/digits-1/report.html").read_text("utf-8")
        if "prefers-color-scheme" not in page or "liveLayers" not in page:
            sys.exit("the wheel has not all that a page is written with")
        files = draw(folder / "pictures")
        asked = [file.relative_to(folder) for file in files["2"][:3]]
        found = cnn(folder, "predict", "runs/digits-1", *asked)
        classes = [line.split()[1] for line in found.splitlines() if line.startswith("pictures")]
        if classes != ["2"] * len(asked):
            sys.exit("these are twos")
        cnn(folder, "init", "numbers", "--data", "pictures")
        print((folder / "numbers.yaml").read_text())
        cnn(folder, "train", "numbers.yaml", "--epochs", 10, "--min-accuracy", 0.6)
        cnn(folder, "predict", "runs/numbers-1", *asked, "--top", 2)
        (folder / "digits.yaml").unlink()
        cnn(folder, "train", "digits", "--epochs", 1)
        cnn(folder, "data", "list")
        there = sorted(path.name for path in folder.iterdir())
        if there != ["numbers.yaml", "pictures", "runs"]:
            sys.exit(f"what is this: {there}")


if __name__ == "__main__":
    main()
