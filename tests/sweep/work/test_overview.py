"""What is shown of a sweep, word by word, without training."""

import json
from dataclasses import replace

import pytest

from cnncli.locks import directory_lock
from cnncli.sweep.work.shared_folder import SharedFolder
from cnncli.sweep.work.trial_result import Rung, TrialResult, Worker, write_result, write_worker
from tests.cli.commands import refusal, succeed
from tests.sweep.work.sweeps import write_sweep

KEYS = ("train.optimizer.lr", "train.batch_size")
HASWELL = ("openblas 0.3 Haswell",)


def result(values, *objectives, state="finished", seconds=61.0, made_with=HASWELL, message=""):
    rungs = tuple(Rung(3**k, objective, 1) for k, objective in enumerate(objectives))
    return TrialResult(
        dict(zip(KEYS, values, strict=False)), state, rungs, 3 ** max(0, len(rungs) - 1), seconds,
        message, made_with,
    )  # fmt: skip


@pytest.fixture
def show(tmp_path):
    """The output of a sweep with these results."""

    def show(results, *options, **settings):
        file = write_sweep(tmp_path, **settings)
        folder = SharedFolder(tmp_path / "out")
        base = tmp_path / "net.yaml"
        folder.begin(((file, file.read_text()), (base, base.read_text())), 2)
        for number, each in enumerate(results):
            folder.trial(number).mkdir(exist_ok=True)
            write_result(folder.trial(number), each)
        shown = succeed("sweep", file, "--out", folder.path, "--status", *options)
        assert shown.stderr == ""
        return shown.stdout.replace(str(folder.path), "OUT")

    return show


def test_a_complete_sweep(show, tmp_path):
    results = [
        result((0.1, 16), 0.5),
        result((0.2, 32), 0.75, made_with=("openblas 0.3 Zen",)),
        result((0.05, 16), state="diverged", message="diverged in step 3\nmore"),
        result((0.4,), 0.75),
    ]
    shown = show(results, trials=4)
    assert shown.endswith("\n\nto judge it on the test set: cnn eval OUT/trial-00001\n")
    (tmp_path / "out" / "best.yaml").write_text("")
    assert (
        show(results, trials=4)
        == """\
sweep: complete, 4 trials: 3 finished, 1 diverged; by validation accuracy

                                 validation     in
trial  lr    batch_size  epochs    accuracy  epoch       time  state
-----  ----  ----------  ------  ----------  -----  ---------  ----------------------------
    1  0.2   32               1      0.7500      1  1 min 1 s  finished
    3  0.4   -                1      0.7500      1  1 min 1 s  finished
    0  0.1   16               1      0.5000      1  1 min 1 s  finished
    2  0.05  16               1           -      -  1 min 1 s  diverged: diverged in step 3

train.optimizer.lr  trials    mean    best
------------------  ------  ------  ------
0.1                      1  0.5000  0.5000
0.2                      1  0.7500  0.7500
0.4                      1  0.7500  0.7500

train.batch_size  trials    mean    best
----------------  ------  ------  ------
16                     1  0.5000  0.5000
32                     1  0.7500  0.7500

computed with openblas 0.3 Haswell and openblas 0.3 Zen: the bits of a trial may depend on which \
of these it was

best: trial 1, validation accuracy 0.7500: train.optimizer.lr=0.2, train.batch_size=32

its configuration: OUT/best.yaml
to judge it on the test set: cnn eval OUT/trial-00001
"""
    )


def test_of_equals_the_longest_is_the_first(show):
    """One that has ended early has reached no fewer rungs than one that goes on after them."""
    ended = replace(result((0.2, 16)), rungs=(Rung(5, 0.75, 1),), epochs=5)
    shown = show([result((0.1, 16), 0.75, state="paused"), ended], trials=2, halving=True)
    assert shown.index("\n    1  0.2 ") < shown.index("\n    0  0.1 ")
    assert "\nbest so far: trial 1, validation accuracy 0.7500" in shown


def test_many_numbers_are_put_into_groups(show):
    results = [result((k / 100, 32), k / 100) for k in range(1, 11)]
    shown = show(results, trials=10)
    assert (
        shown[shown.index("train.optimizer.lr") : shown.index("train.batch_size ")]
        == """\
train.optimizer.lr  trials    mean    best
------------------  ------  ------  ------
0.01 to 0.03             3  0.0200  0.0300
0.04 to 0.05             2  0.0450  0.0500
0.06 to 0.08             3  0.0700  0.0800
0.09 to 0.1              2  0.0950  0.1000

"""
    )


def test_one_that_goes_on(show, tmp_path):
    """A loss is the better the smaller; who trains what is seen from anywhere."""
    loss = "objective: validation_loss\n"
    results = [
        result((0.1, 16), 0.5, 0.4, state="paused"),
        result((0.2, 16), 0.7, state="paused"),
        result((0.3, 16), 0.3, state="begun"),
    ]
    show(results, halving=True, more=loss)
    trial = tmp_path / "out" / "trial-00002"
    write_worker(trial, Worker("node7", 4711, 1.0))
    epoch = {"kind": "epoch", "epoch": 2, "step": 4, "validation_loss": 0.25, "seconds": 3.0}
    (trial / "metrics.jsonl").write_text(f'{{"kind": "step"}}\n{json.dumps(epoch)}\n{{"ki')
    with directory_lock(trial):
        shown = show(results, halving=True, more=loss)
        status = json.loads(show(results, "--json", halving=True, more=loss))
    assert shown.startswith("""\
sweep: not complete, 3 of 6 trials: 2 paused, 1 running; by validation loss

                                validation     in
trial  lr   batch_size  epochs        loss  epoch       time  state
-----  ---  ----------  ------  ----------  -----  ---------  --------------------
    2  0.3  16               2      0.2500      2      3.0 s  running (node7:4711)
    0  0.1  16               3      0.4000      1  1 min 1 s  paused
    1  0.2  16               1      0.7000      1  1 min 1 s  paused
""")
    assert shown.endswith(
        "best so far: trial 2, validation loss 0.2500: train.optimizer.lr=0.3, "
        "train.batch_size=16\n"
    )
    assert (status["complete"], status["best"], status["size"]) == (False, 2, 6)
    assert status["trials"][2] == {
        "number": 2,
        "values": {"train.optimizer.lr": 0.3, "train.batch_size": 16},
        "state": "running",
        "epochs": 2,
        "objective": 0.25,
        "best_epoch": 2,
        "seconds": 3.0,
        "worker": "node7:4711",
        "message": "",
        "rungs": 1,
    }
    assert "2 paused, 1 waiting; by" in show(results, halving=True, more=loss)


def test_the_status_of_another_sweep(show, tmp_path):
    """Its objective is not what was recorded."""
    show([result((0.1, 16), 0.5)])
    file, out = tmp_path / "sweep.yaml", tmp_path / "out"
    file.write_text(file.read_text() + "objective: validation_loss\n")
    told = refusal("sweep", file, "--out", out, "--status", status=2)
    assert told == (
        f"{out}: its sweep began with another {file}: line 8 was nothing, and is 'objective: "
        f"validation_loss'; change it back ({out / 'sweep.yaml'} holds it as it was), or give "
        "another --out\n"
    )


def test_the_status_of_a_sweep_whose_blocks_have_changed(tmp_path):
    file, out = write_sweep(tmp_path, "grid", trials=1, epochs=1), tmp_path / "out"
    base, blocks = tmp_path / "net.yaml", tmp_path / "a.yaml"
    base.write_text("blocks: {from: a.yaml}\n" + base.read_text().replace("BN -> ", "unit -> "))
    blocks.write_text("blocks: {unit: BN}\n")
    succeed("sweep", file, "--out", out)
    assert "1 finished" in succeed("sweep", file, "--out", out, "--status").stdout
    blocks.write_text("blocks: {unit: BN -> RELU}\n")
    for more in ((), ("--status",)):
        assert refusal("sweep", file, "--out", out, *more, status=2) == (
            f"{out}: its sweep began with another {blocks}: line 1 was 'blocks: {{unit: BN}}', and "
            f"is 'blocks: {{unit: BN -> RELU}}'; change it back ({out / 'blocks-1.yaml'} holds it "
            "as it was), or give another --out\n"
        )
    blocks.write_text("blocks: {unit: BN}\n")
    succeed("sweep", file, "--out", out, "--status")


def test_a_preview(tmp_path):
    file = write_sweep(tmp_path, "grid", halving=True, epochs=9)
    assert (
        succeed("sweep", file, "--preview").stdout
        == """\
sweep: 6 trials, grid, by validation accuracy; 1 thread each

halving: 6 trials to epoch 1, 2 trials to epoch 3, 1 trial to epoch 9: 16 epochs instead of 54

trial  lr    batch_size      memory
-----  ----  ----------  ----------
    0  0.01  16          179.84 KiB
    1  0.01  32          351.46 KiB
    2  0.1   16          179.84 KiB
    3  0.1   32          351.46 KiB
    4  1.0   16          179.84 KiB
    5  1.0   32          351.46 KiB
"""
    )
    assert not (tmp_path / "runs").exists()
