"""`cnn convert`: configurations, runs and checkpoints."""

import json

import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import call, refusal, succeed, write_config


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("architecture: INPUT(8x8x1) -> POOL -> FC-5 -> RELU -> FC-3 # small\n")
    return path


def test_a_configuration(network, tmp_path):
    out = tmp_path / "slides.yaml"
    result = succeed("convert", network, "--fc-to-conv", "--out", out)
    assert result.stdout.splitlines() == [
        "fc1: FC K=5 on 4x4x1 -> CONV K=5 F=4 S=1 P=0",
        "fc2: FC K=3 on 1x1x5 -> CONV K=3 F=1 S=1 P=0",
        "103 parameters; 8x8x1 images give one place of 3 scores",
    ]
    assert result.stderr == f"saved in {out}\n"
    assert call("shapes", out, "--warnings-as-errors").exit_code == 0
    succeed("convert", out, "--conv-to-fc", "--out", tmp_path / "back.yaml")
    assert call("diff", network, tmp_path / "back.yaml").exit_code == 0


def test_a_configuration_for_larger_images(tmp_path):
    out = tmp_path / "large.yaml"
    config = write_config(tmp_path)
    result = succeed("convert", config, "--fc-to-conv", "--image", "12x10", "--out", out)
    assert result.stdout.endswith("; 12x10x1 images give 3x2 places of 10 scores, stride 2\n")
    assert "3x2x10" in call("shapes", out).stdout


def test_a_run_is_judged_the_same(trained, tmp_path):
    out = tmp_path / "slides.safetensors"
    succeed("convert", trained.out, "--fc-to-conv", "--out", out)
    assert Checkpoint.load(out).arrays["parameters/fc1.W"].shape == (4, 4, 4, 10)
    before, after = (call("eval", path, "--json") for path in (trained.out, out))
    values, expected = json.loads(after.stdout), json.loads(before.stdout)
    assert values.pop("checkpoint") != expected.pop("checkpoint")
    assert values.pop("loss") == pytest.approx(expected.pop("loss"), rel=1e-6)
    assert values == expected


def test_a_score_map_is_not_judged(trained, tmp_path):
    out = tmp_path / "large.safetensors"
    checkpoint = trained.out / "last.safetensors"
    succeed("convert", checkpoint, "--fc-to-conv", "--image", "16", "--out", out)
    assert refusal("eval", out, status=2) == (
        f"{out}: the network takes images of 16x16x1 and gives 5x5 places of 10 scores, stride 2; "
        "those of digits are 8x8x1, with one label each.\n"
        "Judge the checkpoint that it was converted from.\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "say what to write: either --fc-to-conv or --conv-to-fc\n"),
        (
            ["--fc-to-conv", "--conv-to-fc"],
            "say what to write: either --fc-to-conv or --conv-to-fc\n",
        ),
        (
            ["--conv-to-fc", "--image", "9x9"],
            "--image is for a network that slides: it goes with --fc-to-conv\n",
        ),
        (
            ["--fc-to-conv", "--image", "large"],
            "--image must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not 'large'\n",
        ),
        (["--fc-to-conv", "--image", "0x3"], "--image must be at least 1, not '0x3'\n"),
    ],
)
def test_wrong_usage(network, tmp_path, options, message):
    result = call("convert", network, *options, "--out", tmp_path / "out.yaml")
    assert (result.exit_code, result.stderr, result.stdout) == (2, message, "")
    assert not (tmp_path / "out.yaml").exists()


def test_nothing_is_overwritten(network, tmp_path):
    out = tmp_path / "out.yaml"
    out.write_text("mine")
    stderr = refusal("convert", network, "--fc-to-conv", "--out", out, status=2)
    assert stderr == f"{out}: exists already; give another name, or --force to replace it\n"
    assert out.read_text() == "mine"


def test_out_tells_what_is_written(network, trained, tmp_path):
    result = call("convert", network, "--fc-to-conv", "--out", tmp_path / "x.safetensors")
    assert (result.exit_code, result.stderr) == (
        2,
        f"{tmp_path}/x.safetensors: a configuration is written here; "
        "give --out a name that ends in .yaml\n",
    )
    stderr = refusal("convert", trained.out, "--fc-to-conv", "--out", tmp_path / "x.yaml", status=2)
    assert stderr == (
        f"{tmp_path}/x.yaml: a checkpoint is written here; "
        "give --out a name that ends in .safetensors\n"
    )


def test_nothing_to_convert(network, tmp_path):
    result = call("convert", network, "--conv-to-fc", "--out", tmp_path / "out.yaml")
    assert (result.exit_code, result.stderr) == (2, f"{network}: there is no layer to convert\n")


def test_sources_that_cannot_be_read(network, tmp_path):
    missing = call("convert", tmp_path / "x.yaml", "--fc-to-conv", "--out", tmp_path / "y.yaml")
    assert (missing.exit_code, missing.stderr) == (
        2, f"{tmp_path}/x.yaml: there is no such file\n",
    )  # fmt: skip
    out = tmp_path / "y.safetensors"
    stderr = refusal("convert", tmp_path, "--fc-to-conv", "--out", out, status=4)
    assert stderr == f"{tmp_path}: there is no checkpoint in this directory\n"
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"not a checkpoint")
    stderr = refusal("convert", damaged, "--fc-to-conv", "--out", out, status=4)
    assert stderr.startswith(f"{damaged}: the file is damaged: ")
    assert not out.exists()


def test_a_configuration_with_faults(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("architecture: INPUT(7x7x1) -> POOL -> FC-3\n")
    stderr = refusal("convert", path, "--fc-to-conv", "--out", tmp_path / "out.yaml", status=2)
    assert "is not a whole number" in stderr


def test_a_place_that_cannot_be_written(network, tmp_path):
    out = tmp_path / "none" / "out.yaml"
    stderr = refusal("convert", network, "--fc-to-conv", "--out", out, status=6)
    assert stderr.startswith(f"{out}: could not be written: ")


def test_out_is_needed(network):
    assert "Missing option '--out'" in refusal("convert", network, "--fc-to-conv", status=2)
