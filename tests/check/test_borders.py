"""Borders that images are too small to be mirrored for."""

from pathlib import Path

import pytest

from cnncli.check.preparation import checked_graph
from cnncli.config.load import load_text
from cnncli.problems import ConfigError


def check(data):
    text = f"data: {{name: digits, {data}}}\narchitecture: INPUT -> FC\n"
    return checked_graph(load_text(text, Path("f.yaml")))


@pytest.mark.parametrize(
    ("data", "path", "wide"),
    [
        ("augment: [flip, {crop: {pad: 8, border: reflect}}]", "data.augment[1]", 8),
        ("views: [{shift: 9}]", "data.views[0]", 9),
    ],
)
def test_too_wide(data, path, wide):
    with pytest.raises(ConfigError) as caught:
        check(data)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.place.line == 1
    assert problem.message == (
        f"images of 8x8 pixels can be mirrored for at most 7 pixels behind their edge, not {wide}."
        "\nUse 7 or fewer, or border: zeros."
    )


@pytest.mark.parametrize(
    "data",
    [
        "augment: [{crop: {pad: 7, border: reflect}}]",
        "augment: [{crop: 20}]",
        "views: [{shift: {pixels: 9, border: zeros}}]",
    ],
)
def test_what_fits(data):
    assert check(data).image == (8, 8, 1)
