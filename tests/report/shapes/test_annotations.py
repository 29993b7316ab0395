"""The formats for machines that show problems: github and sarif."""

import json

from cnncli import __version__
from cnncli.check.result import Checked
from cnncli.problems import Place, Problem
from cnncli.report.shapes.annotations import annotations, sarif

PROBLEM = Problem(Place("a b,c.yaml", 3, 28), "layers[1] 'conv1'", "100 % wrong:\r\nreally")
DOUBT = Problem(Place("a b,c.yaml", 4), "", "hm", severity="warning")
OVERRIDE = Problem(Place("--set train.epochs=0"), "train.epochs", "must be at least 1")
RESULTS = [Checked("a b,c.yaml", [PROBLEM, DOUBT, OVERRIDE]), Checked("good.yaml", [])]


def test_github_escapes_what_its_syntax_uses():
    assert annotations(RESULTS).split("\n") == [
        "::error file=a b%2Cc.yaml,line=3,col=28::layers[1] 'conv1': 100 %25 wrong:%0D%0Areally",
        "::warning file=a b%2Cc.yaml,line=4::hm",
        "::error file=a b%2Cc.yaml::train.epochs: --set train.epochs=0: must be at least 1",
    ]
    assert annotations(RESULTS[1:]) == ""


def test_sarif():
    log = json.loads(sarif(RESULTS))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "cnn"
    assert run["tool"]["driver"]["version"] == __version__
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["network"]
    uri = {"uri": "a%20b%2Cc.yaml"}
    assert [result["level"] for result in run["results"]] == ["error", "warning", "error"]
    assert [result["locations"][0]["physicalLocation"] for result in run["results"]] == [
        {"artifactLocation": uri, "region": {"startLine": 3, "startColumn": 28}},
        {"artifactLocation": uri, "region": {"startLine": 4}},
        {"artifactLocation": uri},
    ]
    assert run["results"][1] == {
        "ruleId": "network",
        "level": "warning",
        "message": {"text": "hm"},
        "locations": [{"physicalLocation": {"artifactLocation": uri, "region": {"startLine": 4}}}],
    }


def test_sarif_of_an_absolute_path():
    problem = Problem(Place("/a b/net.yaml", 1, 1), "", "hm")
    log = json.loads(sarif([Checked("/a b/net.yaml", [problem])]))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "file:///a%20b/net.yaml"


def test_sarif_without_problems():
    assert json.loads(sarif([]))["runs"][0]["results"] == []
