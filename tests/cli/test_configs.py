import json

from cnncli.shipped.configurations import names
from tests.cli.commands import succeed


def test_a_line_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits.yaml").write_text("wrong: 1\n")  # of no importance here
    result = succeed("configs")
    head, _, *lines = result.stdout.splitlines()
    assert head.split() == [
        "name",
        "data",
        "W",
        "x",
        "H",
        "x",
        "D",
        "parameters",
        "what",
        "it",
        "is",
    ]
    assert [line.split()[0] for line in lines] == names()
    assert next(line for line in lines if line.startswith("vgg16")).split()[1:5] == [
        "224x224x3", "138,357,544", "VGG,", "configuration",
    ]  # fmt: skip
    assert result.stderr.startswith("their files are in ")


def test_for_programs():
    found = {entry["name"]: entry for entry in json.loads(succeed("configs", "--json").stdout)}
    assert list(found) == names()
    assert found["digits"]["parameters"] == 67_946
    assert found["digits"]["data"] == "digits"
    assert found["resnet18"]["data"] is None
    assert all(entry["about"] for entry in found.values())
