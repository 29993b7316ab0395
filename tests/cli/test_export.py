"""`cnn export`: what it writes, and what it refuses."""

import json
import runpy
from dataclasses import asdict

import numpy as np
import pytest

from cnncli import Run
from tests.cli.commands import refusal, succeed


@pytest.mark.onnx
def test_a_run_as_onnx(trained, tmp_path):
    """The scores of ONNX Runtime for bytes of the training set are those of the run."""
    onnx = pytest.importorskip("onnx")
    from tests.exchange.onnx_models.scoring import channels_first, difference, run

    out = tmp_path / "digits.onnx"
    assert succeed("export", trained.out, "--onnx", out).stderr == f"saved in {out}\n"
    images = np.random.default_rng(0).integers(0, 17, (5, 8, 8, 1), dtype=np.uint8)
    with Run(trained.out, plain=True) as own:
        expected, checkpoint = own.scores(images), own.saved.checkpoint
    content = out.read_bytes()
    assert difference(run(content, images=channels_first(images)), expected) <= 1e-5
    facts = {one.key: one.value for one in onnx.load(out).metadata_props}
    assert json.loads(facts.pop("classes")) == [str(digit) for digit in range(10)]
    assert facts.pop("configuration").startswith("name:")
    assert len(facts.pop("data_sha256")) == 64
    assert facts == {
        "cnncli": "0.1.0",
        "images": "8x8x1, 0 to 16",
        "resize": "not in the graph; images of another size: stretch",
        "data": "digits",
        "tones": json.dumps(asdict(checkpoint.data.tones)),
        "mean": json.dumps(checkpoint.data.mean),
        "std": json.dumps(checkpoint.data.std),
        "step": str(checkpoint.progress.step),
        "seed": "0",
    }
    succeed("export", trained.out, "--onnx", out, "--force")
    assert out.read_bytes() == content


def test_a_run_as_a_pytorch_module(trained, tmp_path):
    torch = pytest.importorskip("torch")
    out = tmp_path / "digits.py"
    result = succeed("export", trained.out, "--torch", out)
    weights = tmp_path / "digits.safetensors"
    assert result.stderr == f"saved in {weights}\nsaved in {out}\n"
    images = np.random.default_rng(0).integers(0, 17, (5, 8, 8, 1), dtype=np.uint8)
    with Run(trained.out, plain=True) as own:
        expected = own.scores(images)
    module = runpy.run_path(str(out))
    assert module["CLASSES"] == [str(digit) for digit in range(10)]
    with torch.no_grad():
        found = module["load"]()(torch.tensor(images).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_wrong_usage(config, tmp_path):
    assert refusal("export", config, status=2) == (
        "say what to write: --onnx FILE.onnx, --torch FILE.py, or both\n"
    )
    out = tmp_path / "net.txt"
    assert refusal("export", config, "--torch", out, status=2) == (
        f"{out}: a Python file is written here; its name ends in .py\n"
    )


def test_nothing_is_overwritten(config, tmp_path):
    """Nor the weights beside the module."""
    weights = tmp_path / "net.safetensors"
    weights.write_text("mine")
    assert refusal("export", config, "--torch", tmp_path / "net.py", status=2) == (
        f"{weights}: exists already; give another name, or --force to replace it\n"
    )
    assert weights.read_text() == "mine"
    assert not (tmp_path / "net.py").exists()


def test_without_the_package(config, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    for name in ("model", "operators"):
        monkeypatch.delitem(
            __import__("sys").modules, f"cnncli.exchange.onnx_models.{name}", raising=False
        )
    out = tmp_path / "net.onnx"
    assert refusal("export", config, "--onnx", out, status=2) == (
        "the package onnx is needed to write ONNX; install it: pip install 'cnncli[onnx]'\n"
    )
    assert not out.exists()
