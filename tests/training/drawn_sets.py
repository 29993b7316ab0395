"""Sets of one's own without a part to test on, the same on every machine; former/ has runs on them.

`python -m tests.training.drawn_sets FOLDER` writes them.
"""

import sys
from pathlib import Path

import numpy as np

COUNTS = {"2": 23, "10": 17, "owl": 11}
"""Of each class's images."""
DAMAGED = ("2/04.pgm", "10/07.pgm")
"""Files that are no images: one that would be to test on, and one that would not."""


def _image(number: int, name: str) -> np.ndarray:
    """(6, 6): of the class a brighter half, and else what is drawn from the numbers."""
    noise = (np.arange(36) * 7919 + number * 104_729 + len(name)) * 2_654_435_761 // 2**16 % 128
    image = noise.reshape(6, 6).astype(np.uint8)
    half = {"2": np.s_[:3], "10": np.s_[3:], "owl": np.s_[:, :3]}[name]
    image[half] += 100
    return image


def write_folder(root: Path) -> None:
    """CLASS/*.pgm, of which two are damaged."""
    for name, count in COUNTS.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            file = root / name / f"{i:02}.pgm"
            header = b"" if f"{name}/{file.name}" in DAMAGED else b"P5 6 6 255\n"
            file.write_bytes(header + _image(i, name).tobytes())


def write_archive(path: Path) -> None:
    """The images in one array, the classes in turns as long as they have any."""
    places = sorted((i, name) for name, count in COUNTS.items() for i in range(count))
    images = np.stack([_image(i, name) for i, name in places])
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=images, y=np.array([name for _, name in places]))


if __name__ == "__main__":
    write_folder(Path(sys.argv[1]) / "folder")
    write_archive(Path(sys.argv[1]) / "archive" / "set.npz")
