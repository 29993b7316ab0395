"""BATCHNORM of single numbers: an error before training, and remedies that work."""

import re
from pathlib import Path

import pytest

from cnncli.check.batch_statistics import check_statistics
from cnncli.config.load import load_text
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import ConfigError
from tests.messages import error_text

FLAT = "INPUT-FC-4-BN-RELU-FC"


def judge(train, images, network=FLAT):
    text = f"architecture: {network}\ntrain: {{{train}}}\n"
    spec = load_text(text, Path("f.yaml"))
    check_statistics(spec, build(spec, Volume(4, 4, 1), 3), images)


BEGIN = "BATCHNORM 'batchnorm1' on 1x1 maps takes mean and variance over the images of a batch, and"
END = "has a single one: it would give the same for every image.\n "


@pytest.mark.parametrize(
    ("train", "images", "place", "what", "remedy"),
    [
        (
            "batch_size: 32", 65, "2:21: train.batch_size",
            "the last batch of an epoch (65 training images in batches of 32)",
            "Write train.last_batch: drop or train.batch_size: 33.",
        ),
        (
            "batch_size: 64", 1025, "2:21: train.batch_size",
            "the last batch of an epoch (1,025 training images in batches of 64)",
            "Write train.last_batch: drop or train.batch_size: 65.",
        ),
        (
            "batch_size: 1", 100, "2:21: train.batch_size", "every batch",
            "Write train.batch_size: 2.",
        ),
        (
            "batch_size: 1, last_batch: wrap", 7, "2:21: train.batch_size", "every batch",
            "Write train.batch_size: 2.",
        ),
        (
            "batch_size: 8, accumulate: 5", 64, "2:36: train.accumulate",
            "a part of a batch (8 images in 5)",
            "Write train.accumulate: 4.",
        ),
        (
            "batch_size: 8, accumulate: 3", 20, "2:36: train.accumulate",
            "a part of a batch (4 images in 3)",
            "Write train.last_batch: drop, train.batch_size: 10 or train.accumulate: 2.",
        ),
        (
            "batch_size: 8", 1, "2:21: train.batch_size", "every batch",
            "Use LAYERNORM in its place, or train on more images.",
        ),
    ],
)  # fmt: skip
def test_a_single_number(train, images, place, what, remedy):
    """Each remedy is followed."""
    message = error_text(ConfigError, judge, train, images)
    assert message == f"f.yaml:{place}: {BEGIN} {what} {END} {remedy}"
    for key, value in re.findall(r"train\.(\w+): (\w+)", remedy):
        kept = [part for part in train.split(", ") if not part.startswith(key)]
        judge(", ".join([*kept, f"{key}: {value}"]), images)
    if "LAYERNORM" in remedy:
        judge(train, images, FLAT.replace("BN", "LAYERNORM"))
        judge(train, 2, FLAT)


@pytest.mark.parametrize(
    ("train", "images", "network"),
    [
        ("batch_size: 32", 64, FLAT),
        ("batch_size: 32", 66, FLAT),
        ("batch_size: 32, last_batch: drop", 65, FLAT),
        ("batch_size: 32, last_batch: wrap", 65, FLAT),
        ("batch_size: 8, accumulate: 4", 64, FLAT),
        ("batch_size: 1", 65, "INPUT-CONV3-4-BN-RELU-FC"),  # 16 numbers for each channel
        ("batch_size: 1", 65, "INPUT-FC-4-LAYERNORM-FC"),
        ("batch_size: 8, threads: 8", 64, FLAT),  # what counts is the batch, not the shard
    ],
)
def test_what_is_allowed(train, images, network):
    judge(train, images, network)
