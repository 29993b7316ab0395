"""The page while a run trains: it costs little, changes nothing, and stops nothing."""

import json
import os
import signal
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnncli
from cnncli.cli.main import cli
from cnncli.page import under_way
from cnncli.page.html_document import Document
from cnncli.page.under_way import FIRST, NOT_WRITTEN, SHARE, UnderWay
from cnncli.report.progress import Progress
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.trainer import Trainer
from tests.cli.commands import DATA, refusal

OFTEN = pytest.mark.usefixtures("often")
REFRESH = '<meta http-equiv="refresh"'


@pytest.fixture
def often(monkeypatch):
    """A page after each step."""
    monkeypatch.setattr(under_way, "SHARE", 1e9)


@pytest.fixture
def pages(monkeypatch):
    """All pages that are written, in their order."""
    found = []
    write = under_way.write_page

    def keep(document, path):
        found.append(document.text)
        write(document, path)

    monkeypatch.setattr(under_way, "write_page", keep)
    return found


def train(out, *more):
    given = ["train", "digits", "--out", str(out), "--quiet", "--set", f"data.root={DATA}"]
    cli(
        [*given, "--threads", "1", "--epochs", "2", "--set", "data.limit=256", *more],
        standalone_mode=False,
    )


def lines(run):
    """Those of the metrics without what the clock says."""
    found = [*map(json.loads, (run / "metrics.jsonl").read_text().splitlines())]
    return [
        {key: value for key, value in line.items()
         if key not in ("seconds", "images_per_second")} for line in found
    ]  # fmt: skip


def said_of_page(capfd):
    return [line for line in capfd.readouterr().err.splitlines() if NOT_WRITTEN in line]


@OFTEN
def test_a_run_is_the_same_with_it(tmp_path, pages):
    train(tmp_path / "with", "--report")
    train(tmp_path / "without")
    assert len(pages) == 10, "one a step, and one an epoch"
    assert lines(tmp_path / "with") == lines(tmp_path / "without")
    ours, theirs = (
        Checkpoint.load(tmp_path / run / "last.safetensors").arrays for run in ("with", "without")
    )
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array.view(np.uint8), theirs[name].view(np.uint8))
    assert not (tmp_path / "without" / "report.html").exists()


@OFTEN
def test_it_reloads_itself_until_the_end(tmp_path, pages):
    train(tmp_path / "run", "--report")
    assert all(REFRESH in page for page in pages)
    assert all('id="curves"' in page and 'id="origin"' not in page for page in pages)
    last = (tmp_path / "run" / "report.html").read_text()
    assert REFRESH not in last
    assert 'id="origin"' in last


@OFTEN
def test_after_an_interruption_and_on_resuming(tmp_path, pages, monkeypatch):
    step = Trainer.step

    def kill(self):
        step(self)
        if self._session.progress.step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Trainer, "step", kill)
    with suppress(cnncli.Interrupted):
        train(tmp_path / "run", "--report")
    monkeypatch.undo()
    page = (tmp_path / "run" / "report.html").read_text()
    assert REFRESH not in page
    assert "The run has not ended" in page
    assert "3 steps" not in page, "of which nothing is recorded"
    train(tmp_path / "run", "--report", "--resume")
    page = (tmp_path / "run" / "report.html").read_text()
    assert "The run has ended: all epochs are done." in page
    assert "2 of 2" in page
    train(tmp_path / "run", "--report", "--resume")  # nothing is left to do but the page


def test_what_is_no_page_of_ours_stays_and_the_run_ends(tmp_path, capfd):
    run = tmp_path / "run"
    run.mkdir()
    (run / "report.html").write_text("mine")
    train(run, "--report")
    assert (run / "report.html").read_text() == "mine"
    assert RunDirectory(run).test_accuracy() > 0
    assert said_of_page(capfd) == [
        f"warning: {NOT_WRITTEN}: {run}/report.html: is there already, and is no page of cnn; move "
        "it away, or give another --out"
    ]


@OFTEN
@pytest.mark.parametrize("method", ["under_way", "of"])
def test_a_fault_of_the_page_is_none_of_the_run(tmp_path, capfd, monkeypatch, method):
    def fail(*arguments):
        raise ZeroDivisionError("of a figure")

    monkeypatch.setattr(Document, method, fail)
    train(tmp_path / "run", "--report")
    assert RunDirectory(tmp_path / "run").test_accuracy() > 0
    assert said_of_page(capfd) == [f"warning: {NOT_WRITTEN}: of a figure"]


def test_python_writes_it_too(tmp_path):
    network = cnncli.Network("digits", set={"data.root": str(DATA)})
    run = network.train(out=tmp_path / "run", epochs=1, threads=1, bar=False, report=True)
    assert 'id="origin"' in (run.path / "report.html").read_text()


@pytest.mark.parametrize("flag", ["--smoke", "--preview"])
def test_a_run_that_does_not_stay_has_none(flag):
    message = refusal("train", "digits", "--report", flag, status=2)
    assert "--report is of a run that stays: it goes neither with --smoke nor with --preview" in (
        message
    )


@given(
    st.lists(st.floats(0.001, 2), min_size=1, max_size=100),
    st.lists(st.floats(0.001, 3), min_size=100, max_size=100),
)
def test_it_keeps_to_its_share(steps, costs):
    """Of the time that has gone; a page that takes longer than the one before is made up for."""
    now, written = [0.0], []

    class Page(UnderWay):
        def _write(self, reload):
            cost = costs[len(written)]
            written.append(cost)
            now[0] += cost
            self._next = cost
            self.spent += cost

    page = Page(None, Progress(quiet=True), clock=lambda: now[0])
    page.follow(None)
    for seconds in steps:
        now[0] += seconds
        before = len(written)
        page.step(1, None)
        if len(written) > before:
            expected = written[-2] if before else FIRST
            surprise = max(0.0, written[-1] - expected)
            assert sum(written) - surprise <= SHARE * now[0] + 1e-9
