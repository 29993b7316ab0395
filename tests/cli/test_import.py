"""`cnn import`: what it writes, and what it refuses."""

from pathlib import Path

import numpy as np
import pytest

from cnncli import Run
from tests.cli.commands import refusal, succeed

CONFIGS = Path(__file__).parents[2] / "configs"

pytestmark = pytest.mark.onnx


@pytest.fixture
def model(trained, tmp_path):
    pytest.importorskip("onnx")
    file = tmp_path / "digits.onnx"
    succeed("export", trained.out, "--onnx", file)
    return file


@pytest.fixture
def foreign(model):
    """The same without what `cnn export` says of it."""
    import onnx

    proto = onnx.load(model)
    del proto.metadata_props[:]
    file = model.with_name("foreign.onnx")
    file.write_bytes(proto.SerializeToString())
    return file


def scores(run, images):
    with Run(run, plain=True) as own:
        return own.scores(images)


IMAGES = np.random.default_rng(0).integers(0, 17, (5, 8, 8, 1), dtype=np.uint8)


def test_a_run_comes_back(trained, model, tmp_path):
    out = tmp_path / "back.yaml"
    result = succeed("import", model, "--out", out)
    checkpoint = tmp_path / "back.safetensors"
    assert result.stderr == f"saved in {checkpoint}\nsaved in {out}\n"
    np.testing.assert_array_equal(scores(checkpoint, IMAGES), scores(trained.out, IMAGES))
    with Run(checkpoint) as back, Run(trained.out) as own:
        assert back.saved.checkpoint.data.tones == own.saved.checkpoint.data.tones
    judged = succeed("eval", checkpoint, "--data", CONFIGS / "digits.yaml")
    assert "SHA-256" not in judged.stderr
    succeed("shapes", out)
    succeed("diff", trained.out, out)


def test_a_model_of_others(trained, foreign, tmp_path):
    out = tmp_path / "net.yaml"
    result = succeed("import", foreign, "--out", out, "--fold")
    checkpoint = out.with_suffix(".safetensors")
    assert result.stdout.splitlines()[0].split() == ["here", "in", "the", "model"]
    np.testing.assert_allclose(
        scores(checkpoint, IMAGES), scores(trained.out, IMAGES), rtol=1e-5, atol=1e-5
    )
    judged = succeed("eval", checkpoint, "--data", CONFIGS / "digits.yaml")
    assert "accuracy" in judged.stdout


def test_it_is_judged_on_images_that_are_named(foreign, tmp_path):
    out = tmp_path / "net.yaml"
    succeed("import", foreign, "--out", out)
    checkpoint = out.with_suffix(".safetensors")
    assert refusal("eval", checkpoint, status=3) == (
        f"{checkpoint}: another program's network, of which no images are known: say which ones to "
        "judge it on, with --data\n"
    )


def test_a_run_begins_with_it(config, foreign, tmp_path):
    out = tmp_path / "net.yaml"
    succeed("import", foreign, "--out", out)
    result = succeed(
        "train", config, "--start", out.with_suffix(".safetensors"), "--out", tmp_path / "run",
        "--max-steps", 1,
    )  # fmt: skip
    assert "start: " in result.stderr


def test_mean_deviation_and_classes(foreign, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("".join(f"class {i}\n" for i in range(10)))
    out = tmp_path / "net.yaml"
    succeed("import", foreign, "--out", out, "--mean", "0.5", "--std", "0.25", "--classes", names)
    with Run(out.with_suffix(".safetensors")) as own:
        data = own.saved.checkpoint.data
        assert (data.mean, data.std) == ((127.5,), (63.75,))
        assert data.classes[:2] == ("class 0", "class 1")


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--mean", "0.5"], 2, "--mean and --std go together\n"),
        (["--mean", "0.5,0.5", "--std", "1"], 2, "--mean has 2 numbers; the images have 1\n"),
        (
            ["--mean", "grey", "--std", "1"], 2,
            "--mean must be a number of 0 to 1, or a list with one for each channel, not 'grey'\n",
        ),
    ],
)  # fmt: skip
def test_wrong_numbers(options, status, said, foreign, tmp_path):
    out = tmp_path / "net.yaml"
    assert refusal("import", foreign, "--out", out, *options, status=status) == said
    assert not out.exists()


def test_wrong_classes(foreign, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("one\none\n")
    out = tmp_path / "net.yaml"
    assert refusal("import", foreign, "--out", out, "--classes", names, status=3) == (
        f"{names}: expected names of 10 classes, found 2, of which 1 are different; write one name "
        "a line, in the order of the scores\n"
    )


def test_wrong_name(foreign, tmp_path):
    out = tmp_path / "net.txt"
    assert refusal("import", foreign, "--out", out, status=2) == (
        f"{out}: a configuration is written here; its name ends in .yaml\n"
    )


def test_nothing_is_overwritten(foreign, tmp_path):
    weights = tmp_path / "net.safetensors"
    weights.write_text("mine")
    assert refusal("import", foreign, "--out", tmp_path / "net.yaml", status=2) == (
        f"{weights}: exists already; give another name, or --force to replace it\n"
    )
    assert weights.read_text() == "mine"
