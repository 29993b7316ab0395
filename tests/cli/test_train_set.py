"""`cnn train --seeds` and `--folds`: what they say, leave behind and go on with."""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from cnncli.locks import directory_lock
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.trainer import Trainer
from tests.cli.commands import call, refusal, succeed, write_config
from tests.runs.sets import arrays, end, long_config, processes_of, start, wait_for, wait_until_gone
from tests.training.recorded import metrics

DIVERGES = "train.optimizer.lr=1e30"
NUMBER = r"-?\d\.\d{4}"


def outputs(text):
    """The text with N for numbers, which are those of a machine."""
    return re.sub(NUMBER, "N", text)


def records(folder):
    return json.loads((folder / "set.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Three seeds, one after another: .config, .out, .result."""
    folder = tmp_path_factory.mktemp("whole")
    config = write_config(folder)
    return (
        config,
        folder / "set",
        succeed("train", config, "--seeds", "0-2", "--out", folder / "set"),
    )


def test_seeds(whole):
    _, out, result = whole
    assert outputs(result.stdout) == (
        "          test      test\n"
        "run       loss  accuracy\n"
        "------  ------  --------\n"
        "seed-0  N    N\n"
        "seed-1  N    N\n"
        "seed-2  N    N\n"
        "digits, test split, 3 seeds: mean accuracy N, deviation N, 95 % interval N to N\n"
        "digits, test split, 3 seeds: mean loss N, deviation N, 95 % interval N to N\n"
    )
    lines = result.stderr.splitlines()
    assert lines[0] == f"tiny: 3 seeds in {out}, 2 threads for each"
    assert f"tiny: 698 parameters, digits, 2 threads, in {out}/seed-1" in lines
    assert "to go on" not in result.stderr
    assert "to judge it" not in result.stderr
    found = sorted(path.name for path in out.iterdir())
    assert found == [".lock", "seed-0", "seed-1", "seed-2", "set.json"]


def test_each_is_the_run_of_its_seed(whole, tmp_path):
    config, out, _ = whole
    succeed("train", config, "--seed", 1, "--out", tmp_path / "one")
    assert arrays(tmp_path / "one") == arrays(out / "seed-1")
    assert arrays(out / "seed-0") != arrays(out / "seed-1")


def test_the_record(whole):
    _, out, result = whole
    record = records(out)
    assert record["runs"] == {"seeds": [0, 1, 2], "folds": None}
    found = record["result"]
    assert list(found) == ["runs", "accuracy", "loss"]
    for seed in (0, 1, 2):
        line = json.loads((out / f"seed-{seed}/metrics.jsonl").read_text().splitlines()[-1])
        one = {"state": "finished", "loss": line["test_loss"], "accuracy": line["test_accuracy"]}
        assert found["runs"][f"seed-{seed}"] == one
    assert f"mean accuracy {found['accuracy']['mean']:.4f}" in result.stdout


@pytest.mark.parametrize("jobs", [1, 2, pytest.param(4, marks=pytest.mark.slow)])
def test_jobs_give_the_same_bits(whole, tmp_path, jobs):
    config, out, result = whole
    again = succeed("train", config, "--seeds", "2,0-1", "--jobs", jobs, "--out", tmp_path / "set")
    assert again.stdout == result.stdout
    for seed in (0, 1, 2):
        assert arrays(tmp_path / f"set/seed-{seed}") == arrays(out / f"seed-{seed}")
        said = (tmp_path / f"set/seed-{seed}.log").read_text()
        assert f"tiny: 698 parameters, digits, 2 threads, in {tmp_path}/set/seed-{seed}\n" in said
        assert f"seed-{seed}: epoch 2/2: " in again.stderr
    assert records(tmp_path / "set")["result"] == records(out)["result"]


def test_jobs_share_the_cores(tmp_path, monkeypatch):
    """And keep their threads when they go on, however many jobs there are then."""
    monkeypatch.setattr("cnncli.cli.train_set.available_threads", lambda: 6)
    config = write_config(tmp_path)
    config.write_text(config.read_text().replace("threads: 2, ", ""))
    out = tmp_path / "set"
    command = ("train", config, "--seeds", "0-1", "--out", out, "--max-steps", 1)
    result = succeed(*command, "--jobs", 3)
    assert result.stderr.startswith(f"tiny: 2 seeds in {out}, 3 threads for each\n")
    again = succeed(*command, "--resume", "--jobs", 1)
    assert again.stderr.startswith(f"tiny: 2 seeds in {out}, 3 threads for each\n")
    assert [each["set"] for each in records(out)["overrides"]] == ["train.threads=3"]
    config_of_run = (out / "seed-1/config.yaml").read_text()
    assert "threads: 3" in config_of_run


def test_more_threads_than_cores(tmp_path, monkeypatch):
    monkeypatch.setattr("cnncli.cli.train_set.available_threads", lambda: 2)
    result = succeed("train", write_config(tmp_path), "--seeds", "0-1", "--jobs", 2,
                     "--out", tmp_path / "set", "--max-steps", 1)  # fmt: skip
    assert result.stderr.startswith(
        "warning: 2 jobs of 2 threads take turns on 2 cores; give fewer --jobs or --threads\n"
    )


def test_folds(tmp_path):
    """Without the test set; jobs give the same."""
    config = write_config(tmp_path)
    command = ("train", config, "--folds", 3)
    result = succeed(*command, "--out", tmp_path / "set")
    assert outputs(result.stdout) == (
        "         best  validation  validation   after the\n"
        "run     epoch        loss    accuracy  last epoch\n"
        "------  -----  ----------  ----------  ----------\n"
    ) + re.sub(NUMBER, "N", "".join(result.stdout.splitlines(keepends=True)[3:]))
    assert outputs("".join(result.stdout.splitlines(keepends=True)[6:])) == (
        "3 folds: mean validation accuracy N, deviation N\n"
        "3 folds: mean validation loss N, deviation N\n"
        "3 folds: mean validation accuracy after the last epoch N, deviation N\n"
    )
    assert result.stderr.startswith(
        "--folds takes the place of data.validation, which is 64\n"
        f"tiny: 3 folds in {tmp_path}/set, 2 threads for each\n"
    )
    kinds, draws = set(), set()
    for number in (1, 2, 3):
        run = tmp_path / f"set/fold-{number}"
        kinds |= {line["kind"] for line in metrics(run)}
        draw = Checkpoint.load(run / "last.safetensors").data.draw
        draws.add(draw.sha256)
        assert draw.fold == f"{number}/3"
        best = Checkpoint.load(run / "last.safetensors").progress.best
        found = records(tmp_path / "set")["result"]["runs"][run.name]
        assert (found["accuracy"], found["loss"], found["epoch"]) == (
            best.accuracy, best.loss, best.epoch,
        )  # fmt: skip
    assert "test" not in kinds
    assert len(draws) == 3
    again = succeed(*command, "--jobs", 2, "--out", tmp_path / "jobs")
    assert again.stdout == result.stdout
    for number in (1, 2, 3):
        assert arrays(tmp_path / f"set/fold-{number}") == arrays(tmp_path / f"jobs/fold-{number}")


def test_one_of_some_diverges(tmp_path):
    """It is told, the mean is of the others, and it is below every accuracy."""
    config = write_config(tmp_path)
    out = tmp_path / "set"
    succeed("train", config, "--seeds", "0-2", "--out", out, "--max-steps", 3)
    about = json.loads((out / "seed-1/run.json").read_text())
    about["overrides"].append({"set": DIVERGES, "file": "0.05"})
    (out / "seed-1/run.json").write_text(json.dumps(about))
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    result = succeed("train", config, "--seeds", "0-2", "--out", out, "--resume")
    assert re.search(r"^seed-1  diverged *$", result.stdout, re.MULTILINE)
    assert outputs("".join(result.stdout.splitlines(keepends=True)[6:])) == (
        "digits, test split, 2 of 3 seeds: mean accuracy N, deviation N, 95 % interval N to N\n"
        "digits, test split, 2 of 3 seeds: mean loss N, deviation N, 95 % interval N to N\n"
        "1 of 3 diverged: seed-1; the means are of the others\n"
    )
    assert "\nseed-1: training diverged in step " in result.stderr
    assert records(out)["result"]["runs"]["seed-1"] == {"state": "diverged"}
    judged = call(
        "train", config, "--seeds", "0-2", "--out", copy, "--resume", "--jobs", 2,
        "--min-accuracy", 0,
    )  # fmt: skip
    assert (judged.exit_code, judged.stdout) == (1, result.stdout)
    assert judged.stderr.endswith(
        "1 of 3 diverged: seed-1; --min-accuracy asks that all end well\n"
    )


@pytest.mark.parametrize("more", [(), ("--jobs", 2)], ids=["in turn", "jobs"])
def test_all_diverge(tmp_path, more):
    result = call("train", write_config(tmp_path), "--seeds", "0-1", "--set", DIVERGES,
                  "--out", tmp_path / "set", "--quiet", *more)  # fmt: skip
    assert result.exit_code == 5
    assert result.stdout.endswith("2 of 2 diverged: seed-0 and seed-1\n")
    for seed in (0, 1):
        assert f"seed-{seed}: training diverged in step 2 at learning rate" in result.stderr
    assert result.stderr.endswith(
        "all 2 runs have diverged.\n"
        "Try a smaller train.optimizer.lr, a warm-up, or train.clip_norm: 1.\n"
    )


def test_the_mean_is_judged(whole):
    config, out, _ = whole
    mean = records(out)["result"]["accuracy"]["mean"]
    command = ("train", config, "--seeds", "0-2", "--out", out, "--resume", "--min-accuracy")
    assert call(*command, mean - 0.001).exit_code == 0
    judged = call(*command, mean + 0.001)
    assert judged.exit_code == 1
    assert judged.stderr.endswith(
        f"the mean accuracy {mean:.4f} is below --min-accuracy {mean + 0.001:g}\n"
    )


def test_another_list_adds(whole, tmp_path):
    """Finished runs are not repeated; what the first command has set holds for all."""
    config, _, _ = whole
    out = tmp_path / "set"
    succeed("train", config, "--seeds", "0,3", "--out", out, "--epochs", 1)
    before = (out / "seed-0/last.safetensors").stat().st_mtime_ns
    result = succeed("train", config, "--seeds", "1", "--out", out, "--resume")
    assert "seed-3 is finished: 3 steps, test accuracy 0." in result.stderr
    assert (out / "seed-0/last.safetensors").stat().st_mtime_ns == before
    assert "digits, test split, 3 seeds: mean accuracy" in result.stdout
    assert "epoch 1/1" in result.stderr
    succeed("train", config, "--seed", 1, "--epochs", 1, "--out", tmp_path / "one")
    assert arrays(tmp_path / "one") == arrays(out / "seed-1")
    assert records(out)["runs"]["seeds"] == [0, 1, 3]


def test_sets_and_runs_are_not_taken_for_each_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config, short = write_config(tmp_path), ("--max-steps", 1)
    succeed("train", config, *short)
    succeed("train", config, *short, "--seeds", "0-1")
    succeed("train", config, *short, "--folds", 2)
    succeed("train", config, *short, "--folds", 3)
    assert sorted(map(str, Path("runs").glob("*/*-*"))) == [
        "runs/tiny-2/seed-0", "runs/tiny-2/seed-1", "runs/tiny-3/fold-1", "runs/tiny-3/fold-2",
        "runs/tiny-4/fold-1", "runs/tiny-4/fold-2", "runs/tiny-4/fold-3",
    ]  # fmt: skip
    resume = ("train", config, "--resume", "--max-steps", 2)
    assert "resuming runs/tiny-1 after step 1\n" in succeed(*resume).stderr
    assert "resuming runs/tiny-2/seed-1 after step 1\n" in succeed(*resume, "--seeds", "0").stderr
    assert "resuming runs/tiny-3/fold-1 after step 1\n" in succeed(*resume, "--folds", 2).stderr
    new = succeed(*resume, "--folds", 4)
    assert new.stderr.startswith("runs/tiny-N holds no folds yet: starting anew\n")
    assert Path("runs/tiny-5/fold-4").exists()
    for words, said in (
        (("--out", "runs/tiny-2"),
         "runs/tiny-2 holds several runs already; --resume continues it, another --out starts "
         "anew"),
        (("--seeds", 0, "--out", "runs/tiny-2"),
         "runs/tiny-2 holds several runs already; --resume continues it, another --out starts "
         "anew"),
        (("--resume", "--out", "runs/tiny-2"),
         "runs/tiny-2 holds several runs; give their --seeds or --folds too, or the --out of one"),
        (("--resume", "--out", "runs/tiny-1", "--seeds", 0),
         "runs/tiny-1 holds one run; resume it without --seeds, or give another --out"),
        (("--resume", "--out", "runs/tiny-3", "--seeds", 0),
         "runs/tiny-3 holds 2 folds, not 1 seed; give --folds as before, or another --out"),
    ):  # fmt: skip
        assert refusal("train", config, *words, status=2) == f"{said}\n"


def test_what_may_be_done_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = write_config(tmp_path).name
    result = succeed("train", config, "--seeds", "0-1", "--max-steps", 1)
    assert result.stderr.endswith(
        "to go on: cnn train tiny.yaml --out runs/tiny-1 --seeds 0-1 --resume\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--jobs", 2), "--jobs is of several runs; give --seeds or --folds too"),
        (("--seeds", "0-1", "--folds", 2),
         "--seeds and --folds are two ways to repeat a run, and go one at a time; for other folds "
         "set data.split_seed"),
        (("--seeds", 0, "--seed", 1), "--seeds says the seed of each run; leave out --seed"),
        (("--seeds", 0, "--smoke"), "--smoke is of one run; leave out --seeds"),
        (("--folds", 2, "--preview"), "--preview is of one run; leave out --folds"),
        (
            ("--seeds", "0-1", "--set", "train.seed=4"),
            "--seeds says train.seed of each run; leave out --set train.seed",
        ),
        (
            ("--folds", 2, "--set", "data.fold=1/3"),
            "--folds says data.fold of each run; leave out --set data.fold",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    assert refusal("train", write_config(tmp_path), *words, status=2) == f"{said}\n"
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "expected seeds like 0-4 or 0,3,7"),
        ("4-0", "expected seeds like 0-4 or 0,3,7"),
        ("0,,1", "expected seeds like 0-4 or 0,3,7"),
        ("-1", "expected seeds like 0-4 or 0,3,7"),
        ("9223372036854775808", "expected seeds like 0-4 or 0,3,7"),
        ("0-9999999999999999", "at most 1,000 seeds can be compared"),
        ("0-600,700-1100", "at most 1,000 seeds can be compared"),
    ],
)
def test_what_are_no_seeds(tmp_path, value, said):
    text = refusal("train", write_config(tmp_path), "--seeds", value, status=2)
    assert text.splitlines()[-1] == f"Error: Invalid value for '--seeds': {said}"


def test_nothing_is_left_of_runs_that_never_began(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = write_config(tmp_path, data="{name: cifar10, root: none}",
                          architecture="INPUT-POOL(F=8,S=8)-FC")  # fmt: skip
    command = ("train", config, "--seeds", "0-1", "--no-download")
    text = refusal(*command, status=3)
    assert "\nseed-0 has failed:\n" in text  # of nothing there is nothing to resume
    assert list(Path("runs").iterdir()) == []
    text = refusal(*command, "--jobs", 2, status=3)
    assert text.endswith(
        "seed-0 has failed with exit status 3; what it said is in runs/tiny-1/seed-0.log.\n"
        "--resume goes on with it and those not begun.\n"
    )
    assert "cifar10 is not there" in Path("runs/tiny-1/seed-0.log").read_text()


def test_who_is_kept_out_leaves_runs_that_have_not_begun_yet(tmp_path):
    """Another process has the folder, and reads its images."""
    config, out = write_config(tmp_path), tmp_path / "set"
    out.mkdir()
    record = {"runs": {"seeds": [0, 1], "folds": None}}
    (out / "set.json").write_text(json.dumps(record))
    with directory_lock(out):
        text = refusal("train", config, "--seeds", "0-1", "--out", out, "--resume", status=2)
        assert text.startswith(f"{out}: process {os.getpid()} is at work there; wait for it to end")
        assert records(out) == record
    succeed("train", config, "--seeds", "0-1", "--out", out, "--resume")


def test_of_jobs_that_have_failed_the_first_is_named(tmp_path, monkeypatch):
    """Whichever has ended first: which one that is differs from time to time."""
    ended = {"seed-2": 3, "seed-1": 3, "seed-0": 0}
    monkeypatch.setattr("cnncli.cli.train_set.run_jobs", lambda *_: ended)
    text = refusal("train", write_config(tmp_path), "--seeds", "0-3", "--jobs", 2,
                   "--out", tmp_path / "set", status=3)  # fmt: skip
    assert "\nseed-1 has failed with exit status 3; " in text


def test_a_damaged_record(whole, tmp_path):
    config, out, _ = whole
    copy = tmp_path / "set"
    shutil.copytree(out, copy)
    (copy / "set.json").write_text('{"runs": {"seeds": [0.5]}}')
    text = refusal("train", config, "--seeds", 0, "--resume", "--out", copy, status=4)
    assert text.startswith(f"{copy}/set.json: is damaged: runs.seeds.0: ")
    assert text.endswith("; start anew with another --out\n")


@pytest.fixture
def interrupt(monkeypatch):
    """interrupt(run, step) -> SIGINT comes after that step of that run."""
    true = Trainer.step

    def install(name, at):
        def step(trainer):
            true(trainer)
            session = trainer._session
            if (session.directory.path.name, session.progress.step) == (name, at):
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(Trainer, "step", step)

    return install


def test_an_interruption_in_turn(whole, tmp_path, interrupt, monkeypatch):
    config, out, result = whole
    half = tmp_path / "half"
    interrupt("seed-1", 4)
    command = ("train", config, "--seeds", "0-2", "--out", half)
    stopped = call(*command)
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    assert stopped.stderr.endswith(
        f"interrupted after step 4, saved in {half}/seed-1/last.safetensors\n"
        f"to go on: cnn train {config} --out {half} --seeds 0-2 --resume\n"
    )
    assert not (half / "seed-2").exists()
    monkeypatch.undo()
    again = succeed(*command, "--resume")
    assert again.stdout == result.stdout
    assert f"{half}/seed-0 is finished: 6 steps" in again.stderr
    assert f"resuming {half}/seed-1 after step 4" in again.stderr
    for seed in (0, 1, 2):
        assert arrays(half / f"seed-{seed}") == arrays(out / f"seed-{seed}")


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
def test_a_signal_ends_all_jobs(tmp_path, number):
    """After their step; they go on to the same bits. A terminal sends its to the whole group."""
    config = long_config(tmp_path, epochs=100_000)
    command = ("train", config, "--seeds", "0-2", "--jobs", 2, "--out")
    half, whole = tmp_path / "half", tmp_path / "whole"
    process = start(*command, half)
    wait_for(half / "seed-0/last.safetensors", half / "seed-1/last.safetensors")
    said, told = end(process, number)
    assert (process.returncode, said) == (128 + number, "")
    assert re.search(r"^seed-0: interrupted after step \d+, saved in ", told, re.MULTILINE)
    assert re.search(r"^seed-1: interrupted after step \d+, saved in ", told, re.MULTILINE)
    assert told.endswith(
        f"interrupted: 0 of 3 runs have ended, those begun are saved in {half}\n"
        f"to go on: cnn train {config} --out {half} --seeds 0-2 --jobs 2 --resume\n"
    )
    wait_until_gone(half, 0.1)
    steps = [Checkpoint.load(half / f"seed-{i}/last.safetensors").progress.step for i in (0, 1)]
    until = ("--max-steps", max(steps) + 3)
    resumed = succeed(*command, half, "--resume", *until)
    assert resumed.stdout == succeed(*command, whole, *until).stdout
    for seed in (0, 1, 2):
        assert arrays(half / f"seed-{seed}") == arrays(whole / f"seed-{seed}")


def test_a_terminal_sends_to_jobs_once(tmp_path):
    """Not to the whole group and then through us, which would end a step that takes its time."""
    config = long_config(tmp_path, epochs=100_000)
    out, large = tmp_path / "set", "architecture=INPUT-[CONV3-64-RELU]*3-POOL-FC"
    process = start("train", config, "--seeds", "0-1", "--jobs", 2, "--out", out,
                    "--set", large, "--set", "train.batch_size=320")  # fmt: skip
    wait_for(out / "seed-0/last.safetensors", out / "seed-1/last.safetensors")
    _, told = end(process, signal.SIGINT)
    assert process.returncode == 130
    assert re.search(r"^seed-0: interrupted after step \d+, saved in ", told, re.MULTILINE)
    assert re.search(r"^seed-1: interrupted after step \d+, saved in ", told, re.MULTILINE)


def test_none_is_left_behind(tmp_path):
    """Where the process is killed its jobs save their runs and end."""
    config = long_config(tmp_path, epochs=100_000)
    out = tmp_path / "killed"
    process = start("train", config, "--seeds", "0-2", "--jobs", 2, "--out", out)
    wait_for(out / "seed-0/last.safetensors", out / "seed-1/last.safetensors")
    process.kill()
    wait_until_gone(out)
    process.communicate()
    for seed in (0, 1):
        assert Checkpoint.load(out / f"seed-{seed}/last.safetensors").progress.step > 0


def test_a_job_that_is_killed(tmp_path):
    """It is named, what it said is kept, and the others end well."""
    config, out = long_config(tmp_path), tmp_path / "set"
    process = start("train", config, "--seeds", "0-2", "--jobs", 2, "--out", out)
    wait_for(out / "seed-1/last.safetensors")
    for number in processes_of(out / "seed-1"):
        os.kill(number, signal.SIGKILL)
    said, told = process.communicate(timeout=100)
    assert (process.returncode, said) == (137, "")
    assert told.endswith(
        "seed-1 was ended by SIGKILL, as the system does when memory runs out; what it said is in "
        f"{out}/seed-1.log.\n--resume goes on with it and those not begun.\n"
    )
    assert "seed-0: digits, test split, 359 images: " in told
    assert not (out / "seed-2").exists()
    assert "epoch 1/60" in (out / "seed-1.log").read_text()
    result = succeed("train", config, "--seeds", "0-1", "--out", out, "--resume", "--jobs", 2)
    assert "digits, test split, 3 seeds: mean accuracy" in result.stdout


def test_a_report_for_each(tmp_path):
    config = write_config(tmp_path)
    for more in ((), ("--jobs", 2)):
        out = tmp_path / f"set{len(more)}"
        succeed("train", config, "--seeds", "0-1", "--report", "--out", out, *more)
        assert (out / "seed-0/report.html").exists()
        assert (out / "seed-1/report.html").exists()


def test_quiet(whole, tmp_path):
    config, _, result = whole
    for more in ((), ("--jobs", 2)):
        out = tmp_path / f"set{len(more)}"
        quiet = succeed("train", config, "--seeds", "0-2", "--out", out, "--quiet", *more)
        assert quiet.stdout == result.stdout
        for line in quiet.stderr.splitlines():
            assert re.match("(seed-.: )?warning: ", line)


def test_another_configuration_is_told(tmp_path):
    """Of runs that were added after the file had changed."""
    config, out = write_config(tmp_path), tmp_path / "set"
    succeed("train", config, "--seeds", "0-1", "--out", out)
    config.write_text(config.read_text().replace("lr: 0.05", "lr: 0.04"))
    result = succeed("train", config, "--seeds", "2,3", "--out", out, "--resume")
    assert (
        "warning: seed-2 and seed-3 had another configuration than seed-0, by their config.yaml: "
        "the means are of several recipes\n"
    ) in result.stderr


def test_a_machine_with_little_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("cnncli.cli.train_set.machine_memory", lambda: 2**10)
    monkeypatch.setattr("cnncli.cli.train_set.available_threads", lambda: 8)
    result = succeed("train", write_config(tmp_path), "--seeds", "0-1", "--jobs", 2,
                     "--out", tmp_path / "set", "--max-steps", 1)  # fmt: skip
    assert re.match(
        r"warning: 2 jobs take 2 times [\d.]+ (MiB|KiB), and this machine has 1 KiB of memory; "
        r"give fewer --jobs\n",
        result.stderr,
    )


def test_a_system_that_makes_no_more_processes(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(subprocess, "Popen", refuse)
    out = tmp_path / "set"
    text = refusal("train", write_config(tmp_path), "--seeds", "0-1", "--jobs", 2,
                   "--out", out, "--quiet", status=2)  # fmt: skip
    assert text.splitlines()[-1] == (
        "the system refuses one more process: Too many open files; give fewer --jobs"
    )
    assert not out.exists()


def test_a_set_is_no_run_to_judge_or_begin_with(whole, tmp_path):
    config, out, _ = whole
    said = f"{out}: holds several runs; name one of its directories\n"
    assert refusal("eval", out, status=4) == said
    assert refusal("train", config, "--start", out, "--out", tmp_path / "run", status=4) == said
