"""`cnn shapes`: outputs, formats and exit statuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncli.cli.main import cli

ROOT = Path(__file__).parents[2]
GOOD = "architecture: INPUT(8x8x1)-CONV-RELU-FC-3\n"
DOUBTFUL = "architecture: INPUT(8x8x1)-FC-3-RELU\n"
ALEXNET_224 = """\
architecture:
  - input: 224x224x3
  - conv: {K: 96, F: 11, S: 4, P: 0}
  - pool: {F: 3, S: 2}
  - fc: 1000
"""
BROKEN = "architecture: [\n"


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """Runs `cnn shapes` in a folder with the files good, doubtful, alexnet and broken.yaml."""
    texts = {"good": GOOD, "doubtful": DOUBTFUL, "alexnet": ALEXNET_224, "broken": BROKEN}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["shapes", *arguments])


def test_a_valid_file(shapes):
    result = shapes("good.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "good.yaml: good, 8x8x1 -> 3 scores, valid"
    row = "conv1 CONV K=12 F=3 S=1 P=1 8x8x12 120 7,680 6,912 3 KiB 3x3"
    assert " ".join(lines[6].split()) == row
    assert lines[-2].startswith("memory of one training step with 128 images on ")


def test_alexnet_with_224(shapes):
    result = shapes("alexnet.yaml")
    assert result.exit_code == 2
    assert result.stdout.startswith("alexnet.yaml: alexnet, not valid\n")
    assert "memory" not in result.stdout
    assert result.stderr == (
        "alexnet.yaml:3:29: architecture[1].conv 'conv1': F=11, S=4, P=0 do not fit width 224 and "
        "height 224:\n"
        "  (224 - 11 + 2*0)/4 + 1 = 54.25 is not a whole number.\n"
        "  These fit: input 227x227 (55); input 223x223 (54); "
        "P: {left: 1, right: 2, top: 1, bottom: 2} (55); S=3 (72);\n"
        "  or say what to do with the rest: fit: pad (55, adds 3) or "
        "fit: crop (54, drops 1 row and 1 column).\n"
    )


@pytest.mark.parametrize("remedy", ["fit=pad", "fit=crop"])
def test_an_override_mends_it(shapes, remedy):
    result = shapes("alexnet.yaml", "--set", remedy)
    assert (result.exit_code, result.stderr) == (0, "")


def test_warnings(shapes):
    result = shapes("doubtful.yaml")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: doubtful.yaml:1:")
    assert "sets every class score below 0 to 0." in result.stderr
    assert "valid" in result.stdout
    assert shapes("doubtful.yaml", "--warnings-as-errors").exit_code == 2
    assert shapes("good.yaml", "--warnings-as-errors").exit_code == 0


def test_every_file_is_reported_and_the_worst_status_wins(shapes):
    result = shapes("broken.yaml", "missing.yaml", "good.yaml")
    assert result.exit_code == 2
    titles = [line for line in result.stdout.splitlines() if ".yaml" in line]
    assert titles == [
        "broken.yaml: could not be read",
        "missing.yaml: could not be read",
        "good.yaml: good, 8x8x1 -> 3 scores, valid",
    ]
    assert "missing.yaml: there is no such file\n" in result.stderr


def test_without_arguments_every_configuration(shapes):
    result = shapes()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "there is no configs/*.yaml here; name the file to check\n"
    Path("configs").mkdir()
    for name in ("b", "a"):
        Path("configs", f"{name}.yaml").write_text(GOOD)
    results = json.loads(shapes("--json").stdout)
    assert [result["file"] for result in results] == ["configs/a.yaml", "configs/b.yaml"]


def test_json(shapes):
    result = shapes("good.yaml", "--json", "--batch", "10", "--set", "train.threads=3")
    checked = json.loads(result.stdout)
    assert result.stderr == ""
    assert list(checked) == ["file", "name", "valid", "fit", "layers", "total", "step", "problems"]
    assert (checked["file"], checked["name"], checked["valid"]) == ("good.yaml", "good", True)
    assert checked["layers"][1] == {
        "name": "conv1",
        "kind": "CONV",
        "hyperparameters": {
            "K": 12,
            "F": 3,
            "S": 1,
            "P": 1,
            "bias": True,
            "fit": "strict",
            "init": "he",
        },
        "inputs": ["input1"],
        "input": [8, 8, 1],
        "output": [8, 8, 12],
        "parameters": 120,
        "parameters_unshared": 7680,
        "macs": 6912,
        "activation_bytes": 3072,
        "receptive_field": [3, 3],
    }
    assert checked["layers"][0]["input"] is None
    assert checked["layers"][-1]["output"] == [1, 1, 3]
    assert checked["total"] == {
        "parameters": 120 + 2307,
        "parameters_unshared": 7680 + 2307,
        "macs": 6912 + 2304,
        "activation_bytes": 4 * (64 + 768 + 768 + 3),
    }
    assert (checked["step"]["images"], checked["step"]["threads"]) == (10, 3)
    parts = [size for key, size in checked["step"].items() if key.endswith("_bytes")]
    assert checked["step"]["bytes"] == sum(parts) > 0
    assert checked["problems"] == []


def test_json_of_faults(shapes):
    result = shapes("alexnet.yaml", "broken.yaml", "--format", "json")
    alexnet, broken = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (2, "")
    assert not alexnet["valid"]
    assert alexnet["step"] is None
    (problem,) = alexnet["problems"]
    assert problem["message"].startswith("F=11, S=4, P=0 do not fit width 224")
    del problem["message"]
    assert problem == {
        "file": "alexnet.yaml",
        "line": 3,
        "column": 29,
        "path": "architecture[1].conv 'conv1'",
        "layer": "conv1",
        "severity": "error",
    }
    assert (broken["valid"], broken["layers"], broken["name"]) == (False, [], None)
    assert broken["problems"][0]["line"] is not None


def test_json_of_layers_that_are_not_known(shapes):
    Path("deep.yaml").write_text("architecture: INPUT(2x2x1)-POOL-POOL-FC-3\n")
    checked = json.loads(shapes("deep.yaml", "--json").stdout)
    assert [layer["output"] for layer in checked["layers"]] == [[2, 2, 1], [1, 1, 1], None, None]
    assert set(map(frozenset, checked["layers"])) == {frozenset(checked["layers"][0])}
    assert checked["total"]["macs"] is None


def test_an_override_at_fault_is_a_problem_of_the_file(shapes):
    checked = json.loads(shapes("good.yaml", "--json", "--set", "train.epochs=0").stdout)
    (problem,) = checked["problems"]
    assert (problem["file"], problem["line"]) == ("good.yaml", None)
    assert problem["message"].startswith("--set train.epochs=0: ")


def test_github_and_sarif(shapes):
    result = shapes("alexnet.yaml", "good.yaml", "--format", "github")
    assert result.exit_code == 2
    assert result.stdout.startswith("::error file=alexnet.yaml,line=3,col=29::")
    assert shapes("good.yaml", "--format", "github").stdout == ""
    log = json.loads(shapes("alexnet.yaml", "--format", "sarif").stdout)
    assert len(log["runs"][0]["results"]) == 1


def test_data_that_is_missing_is_a_warning(shapes):
    Path("own.yaml").write_text("data: {name: idx, root: nowhere}\n" + GOOD)
    result = shapes("own.yaml")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: own.yaml:1:7: data: ")
    assert result.stderr.endswith("\n  The network is checked without its data set.\n")


def test_a_data_section_that_does_not_go_together(shapes):
    Path("own.yaml").write_text("data: {name: mnist, stand_in: patterns}\n" + GOOD)
    result = shapes("own.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("own.yaml:1:31: data.stand_in: ")


def test_numpy_is_not_imported():
    code = (
        "import sys; from cnncli.cli.main import cli; "
        f"cli(['shapes', {str(ROOT / 'configs' / 'vggbn.yaml')!r}], standalone_mode=False); "
        "sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stdout=subprocess.DEVNULL)


def test_a_pipe_that_closes_and_a_disk_that_is_full():
    command = [sys.executable, "-m", "cnncli", "shapes", str(ROOT / "configs" / "vgg16.yaml")]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (6, "could not write: No space left on device\n")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""
