"""`cnn report` as a user meets it: where the page goes, what it replaces, and what is not there."""

import html.parser
import json
import os
import platform
import re
import shutil
import socket

import numpy as np
import pytest

from cnncli.page.html_document import SECTIONS, is_ours
from tests.cli.commands import DATA, call, refusal, succeed, write_config

WITHOUT_TRAINING = "This page is of a configuration: nothing has been trained yet."
WITHOUT_IMAGES = "The test images are not there, or damaged, or do not fit to this run any more"


class Markup(html.parser.HTMLParser):
    """tags: each with its attributes. texts: by the tag that they stand in."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self._open = [], [], [""]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img", "input", "link"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self._open[-1], data))

    def all(self, tag):
        return [attributes for each, attributes in self.tags if each == tag]


def untimed(path):
    """A page without the part that measures how long a step takes."""
    return re.sub(r'<section id="cost".*?</section>', "", path.read_text(), flags=re.DOTALL)


def checked(path):
    """A page whose markup is ours alone: no script but its two, no handlers, no addresses."""
    page = path.read_text("utf-8")
    found = Markup(page)
    assert [attributes.get("type") for attributes in found.all("script")] == [
        "application/json", None,
    ]  # fmt: skip
    assert not {tag for tag, _ in found.tags} & {"iframe", "link", "object", "base", "form"}
    for _, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            assert attributes.get(name, "#").startswith(("#", "data:image/png;base64,"))
    (data,) = [text for tag, text in found.texts if tag == "script"][:1]
    assert "<" not in data
    parts = json.loads(data, parse_constant=lambda text: pytest.fail(text))["sections"]
    names = [attributes["id"] for attributes in found.all("section")]
    assert len(names) == len(set(names))
    assert set(parts) <= set(names)
    assert len(page.encode()) < 2_000_000
    return page, names


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    """A copy of a finished run in the current folder, as `run`."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained.out, "run")
    return tmp_path / "run"


WITHOUT_CHECKPOINT = (
    "The run has no checkpoint: none was saved, so what the network learned is not known."
)


def test_a_run_without_a_checkpoint(run):
    """Killed, or diverged, before the first one: curves, network and record are there."""
    for path in run.glob("*.safetensors"):
        path.unlink()
    lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
    (run / "metrics.jsonl").write_text(lines[0])
    assert succeed("report", run).stdout == f"{run}/report.html\n"
    page, names = checked(run / "report.html")
    assert page.count(WITHOUT_CHECKPOINT) == 7
    assert "curves" in names
    assert "There are no curves" not in page
    (run / "metrics.jsonl").unlink()
    succeed("report", run)
    page, _ = checked(run / "report.html")
    assert "There are no curves: there is no metrics.jsonl that records a step." in page
    text = refusal("report", run, "--live", "--image", "x.png", status=2)
    assert text == f"{run}: --image and --live: only of a run with a checkpoint\n"


def test_a_run(run):
    """In its own folder, by its checkpoint too; a page of ours is replaced, with the same bytes."""
    assert succeed("report", "run").stdout == "run/report.html\n"
    page, names = checked(run / "report.html")
    assert {"headline", "convolution", "pooling"} <= set(names)
    assert len(names) == len(SECTIONS)
    assert is_ours(page)
    before = untimed(run / "report.html")
    (run / "report.html").write_text(page[:2000] + "an older one")
    assert succeed("report", "run/best.safetensors").stdout == "run/report.html\n"
    assert untimed(run / "report.html") == before
    assert sorted(os.listdir()) == ["run"]


def test_a_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = write_config(tmp_path)
    assert succeed("report", config.name).stdout == "tiny-report.html\n"
    page, names = checked(tmp_path / "tiny-report.html")
    assert WITHOUT_TRAINING in page
    assert len(names) == len(SECTIONS)
    assert succeed("report", "alexnet").stdout == "alexnet-report.html\n"
    assert succeed("report", config, "--out", "it.html").stdout == "it.html\n"
    assert untimed(tmp_path / "it.html") == untimed(tmp_path / "tiny-report.html")


@pytest.mark.parametrize("content", ["mine", "", "<!DOCTYPE html>\n<html></html>", "\xff\0"])
@pytest.mark.parametrize("command", [("report", "run"), ("report", "tiny.yaml"), ("demo",)])
def test_a_file_of_somebody_else(run, command, content):
    """It is refused, and both remedies help, and --force."""
    write_config(run.parent)
    place = {"run": "run/report.html", "tiny.yaml": "tiny-report.html"}
    out = run.parent / place.get(command[-1], "convolution.html")
    out.write_text(content, "latin-1")
    name = os.path.relpath(out)
    assert refusal(*command, status=2) == (
        f"{name}: is there already, and is no page of cnn; move it away, or give another --out\n"
    )
    assert out.read_text("latin-1") == content
    assert succeed(*command, "--out", "other.html").stdout == "other.html\n"
    assert out.read_text("latin-1") == content
    assert succeed(*command, "--force").stdout == f"{name}\n"
    os.rename(out, "away.html")
    assert succeed(*command).stdout == f"{name}\n"
    assert untimed(out) == untimed(run.parent / "other.html")


def test_a_damaged_checkpoint(run):
    for file in run.glob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:-1])
    assert refusal("report", "run", status=4) == call("eval", "run").stderr


def test_a_configuration_with_problems(tmp_path):
    config = write_config(tmp_path, architecture="INPUT-CONV(F=3,S=3,P=0)-FC")
    stderr = refusal("report", config, "--out", tmp_path / "it.html", status=2)
    assert "(8 - 3 + 2*0)/3 + 1 = 2.667 is not a whole number." in stderr
    assert os.listdir(tmp_path) == ["tiny.yaml"]


def test_images_that_are_gone(tmp_path, monkeypatch):
    """The page is made, and says what it is without."""
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (24, 8, 8, 1), dtype=np.uint8)
    labels = np.arange(24) % 3
    np.savez("own.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
    config = write_config(
        tmp_path, data="{name: npz, root: own.npz}", architecture="INPUT-CONV3-2-RELU-FC"
    )
    succeed("train", config, "--out", "run")
    succeed("report", "run", "--out", "before.html")
    os.rename("own.npz", "gone.npz")
    result = succeed("report", "run")
    assert result.stdout == "run/report.html\n"
    warnings = [line for line in result.stderr.splitlines() if "without images" in line]
    assert len(warnings) == 1, result.stderr
    assert warnings[0].startswith("warning: the page is without images: ")
    page, names = checked(tmp_path / "run" / "report.html")
    assert len(names) == len(SECTIONS)
    assert WITHOUT_IMAGES in page
    assert WITHOUT_IMAGES not in (tmp_path / "before.html").read_text()
    os.rename("gone.npz", "own.npz")
    succeed("report", "run")
    assert untimed(tmp_path / "run" / "report.html") == untimed(tmp_path / "before.html")


HOSTILE = [
    "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!--<script>",
    "]]></style><svg onload=alert(1)>", "\u202egnp.x", "a\n\x1b[2Jb\0", "\udcff", "&lt;&#x3c;",
    "x" * 20_000, "javascript:alert(1)", "${alert(1)}", "{{1}}", "\u2028\u2029", "\ufeff",
]  # fmt: skip


def test_hostile_names_of_classes_and_of_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = np.array([name.replace("\0", "").replace("\udcff", "\ufffe") for name in HOSTILE])
    labels = np.arange(6 * len(names)) % len(names)
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8)
    np.savez("own.npz", x_train=pixels, y_train=labels, x_test=pixels, y_test=labels, classes=names)
    config = write_config(
        tmp_path, data="{name: npz, root: own.npz}", architecture="INPUT-CONV3-2-RELU-POOL-FC"
    )
    run = tmp_path / '"><img src=x onerror=alert(1)>'
    succeed("train", config, "--out", run)
    succeed("report", run, "--out", "page.html", "--figures", "figures")
    page, _ = checked(tmp_path / "page.html")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u2028\u2029\ufeff\ud800-\udfff]", page)
    for figure in (tmp_path / "figures").glob("*.svg"):
        assert not re.search(r"<script|onerror=|onload=", figure.read_text())


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:20])
def test_hostile_names_of_layers_and_files(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    quoted = json.dumps(name.replace("\udcff", "\ufffd"))
    layers = f"[{{input: 8x8x1}}, {{name: {quoted}, conv: {{K: 2}}}}, {{fc: 10}}]"
    config = write_config(tmp_path, architecture=layers)
    result = call("report", config, "--out", "page.html")
    if result.exit_code == 0:
        checked(tmp_path / "page.html")
    else:
        assert result.exit_code == 2, result.stderr
        assert not os.path.exists("page.html")
    short = name.replace("/", "").replace("\0", "")[:100]
    config = write_config(tmp_path, architecture="INPUT-FC")
    os.rename(config, f"{short}.yaml")
    assert succeed("report", f"./{short}.yaml", "--out", "file.html").exit_code == 0
    checked(tmp_path / "file.html")


def test_nobody_learns_where_it_was_made(tmp_path, monkeypatch):
    """No path, no user, no machine: teachers hand it out."""
    for variable in ("USER", "LOGNAME", "USERNAME", "HOSTNAME", "HOST"):
        monkeypatch.setenv(variable, "ms-frizzle")
    for module, function in ((socket, "gethostname"), (socket, "getfqdn"), (platform, "node")):
        monkeypatch.setattr(module, function, lambda: "walkerville")
    monkeypatch.setattr(os, "getlogin", lambda: "ms-frizzle")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").mkdir()
    run = tmp_path / "secret" / "run"
    succeed("train", write_config(tmp_path / "secret"), "--out", run)
    succeed("report", run, "--out", "absolute.html")
    succeed("report", "secret/run", "--out", "page.html", "--with", run)
    for name in ("absolute.html", "page.html"):
        page = (tmp_path / name).read_text()
        for word in (
            "ms-frizzle", "walkerville", "secret", str(tmp_path), tmp_path.name, str(DATA),
            str(DATA.parent), f"{os.path.expanduser('~')}/",
        ):  # fmt: skip
            assert word not in page, word
        assert not re.search(r"(?<![\w<./])/(home|root|tmp|usr|var|work|Users)/", page)


def test_figures(run):
    succeed("report", "run", "--figures", "slides/mine")
    figures = sorted((run.parent / "slides" / "mine").iterdir())
    assert {"convolution.svg", "pooling.svg"} <= {figure.name for figure in figures}
    for figure in figures:
        if figure.suffix == ".svg":
            assert figure.read_text().startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
            assert "var(--ink)" in figure.read_text()
        else:
            assert figure.read_bytes().startswith(b"\x89PNG\r\n")


def test_figures_that_are_there(run):
    """The first that would be replaced stops it all; --force replaces them."""
    (run.parent / "slides").mkdir()
    mine = run.parent / "slides" / "convolution.svg"
    mine.write_text("mine")
    (run.parent / "slides" / "other.svg").write_text("another")
    for command in (("report", "run"), ("demo", "--out", "demo.html")):
        assert refusal(*command, "--figures", "slides", status=2) == (
            "slides/convolution.svg: exists already; give another name, or --force to replace it\n"
        )
        assert mine.read_text() == "mine"
        assert not os.path.exists("run/report.html")
        assert not os.path.exists("demo.html")
    succeed("report", "run", "--figures", "slides", "--force")
    assert mine.read_text().startswith("<svg")
    assert (run.parent / "slides" / "other.svg").read_text() == "another"


def test_figures_where_no_folder_can_be(run):
    (run.parent / "slides").write_text("a file")
    assert refusal("report", "run", "--figures", "slides", status=6) == (
        "slides: could not be made: File exists\n"
    )


def test_a_page_that_cannot_be_written(run):
    assert refusal("report", "run", "--out", "nowhere/page.html", status=6) == (
        "nowhere/page.html: could not be written: No such file or directory\n"
    )
