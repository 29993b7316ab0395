"""`cnn demo`: the page, where it goes, and what it needs; what it shows is tested in a browser."""

import os
import re
import subprocess
import sys

from cnncli.page.html_document import is_ours
from tests.cli.commands import succeed


def test_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert succeed("demo").stdout == "convolution.html\n"
    page = (tmp_path / "convolution.html").read_text("utf-8")
    assert is_ours(page)
    assert re.findall(r'<section id="(\w+)"', page.replace(' aria-labelledby="', "\n")) == [
        "convolution", "pooling",
    ]  # fmt: skip
    assert "W1 = H1 = 5, D1 = 3, K = 2, F = 3, S = 2, P = 1" in page
    assert "(W - F + 2P)/S + 1 = (5 - 3 + 2*1)/2 + 1 = 3 across and down" in page
    assert "V[1,1,0] = sum(X[2:5,2:5,:] * W0) + b0" in page
    assert "V[1,1] = max(1, 0, 3, 4) = 4" in page
    assert len(page) < 200_000


def test_another_place_and_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    succeed("demo")
    assert succeed("demo", "--out", "lesson.html").stdout == "lesson.html\n"
    first = (tmp_path / "lesson.html").read_bytes()
    succeed("demo", "--out", "lesson.html")
    assert (tmp_path / "lesson.html").read_bytes() == first
    assert (tmp_path / "convolution.html").read_bytes() == first


def test_figures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    succeed("demo", "--figures", "slides")
    assert sorted(os.listdir("slides")) == ["convolution.svg", "pooling.svg"]
    succeed("demo", "--figures", "slides", "--force")


def test_it_needs_no_images_and_no_run(tmp_path):
    """In a folder that holds nothing, with no data set to be found."""
    environment = {**os.environ, "CNN_DATA": str(tmp_path / "nowhere"), "HOME": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-m", "cnncli", "demo"], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (process.returncode, process.stdout, process.stderr) == (0, "convolution.html\n", "")
    assert os.listdir(tmp_path) == ["convolution.html"]
