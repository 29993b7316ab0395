"""Sets of image files of which every class has its own colour or place, and networks for them."""

import numpy as np
from PIL import Image

from tests.cli.commands import DATA, succeed

CLASSES = ("red", "green", "blue")


def picture(k, rng, size=(9, 7)):
    """A noisy image (H, W, 3) of the class k, which a network learns in an epoch."""
    image = rng.integers(0, 120, (size[1], size[0], 3), np.uint8)
    image[..., k] += 100
    return image


def write_folder(folder, count=10, parts=("train", "test"), classes=CLASSES):
    """PART/CLASS/*.png, or CLASS/*.png where `parts` is ("",)."""
    rng = np.random.default_rng(5)
    for part in parts:
        for k, name in enumerate(classes):
            place = folder / part / name
            place.mkdir(parents=True)
            for i in range(count):
                Image.fromarray(picture(k % 3, rng, (7 + i % 3, 8))).save(place / f"{i}.png")
    return folder


def train(place, data, architecture="INPUT-CONV3-4-RELU-POOL-FC", settings="epochs: 2"):
    """The directory of a run on that section `data`."""
    config, out = place / "net.yaml", place / "run"
    config.write_text(
        f"data: {data}\narchitecture: {architecture}\n"
        f"train: {{batch_size: 8, threads: 2, optimizer: {{lr: 0.05}}, {settings}}}\n"
    )
    succeed("train", config, "--out", out, "--quiet")
    return out


def digits():
    """The images to test on, (359, 8, 8), values 0 to 16, and their labels."""
    from cnncli.datasets.sets import data_sets

    test = data_sets()["digits"].load(DATA / "digits").test
    return np.asarray(test.images)[..., 0], test.labels


def enlarged(digit, is_inverted=False):
    """A digit (8, 8) as a grey picture of 80x80, each pixel ten times as wide and high."""
    grey = (np.rint(digit.astype(float) * 255 / 16)).astype(np.uint8).repeat(10, 0).repeat(10, 1)
    return Image.fromarray(255 - grey if is_inverted else grey)
