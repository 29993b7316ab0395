"""`cnn verify-resume` in a user's hands."""

import re

from cnncli.training import session
from tests.cli.commands import call, refusal


def test_the_same(config):
    result = call("verify-resume", config, "--threads", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    first, *steps, metrics, last = result.stdout.splitlines()
    assert first == "tiny: SHA-256 of all arrays, of a run as a whole and one that is resumed"
    assert len(steps) == 6
    for number, line in enumerate(steps, 1):
        found = re.fullmatch(r"step (\d)  ([0-9a-f]{16})  ([0-9a-f]{16})  same", line)
        assert int(found[1]) == number
        assert found[2] == found[3]
    assert metrics == "metrics.jsonl: 9 lines; test images: 32"
    assert last == "the resumed run is the same, to the bit"


def test_not_the_same(config, monkeypatch):
    monkeypatch.setattr(session, "restore", lambda *_: None)
    result = call("verify-resume", config)
    assert result.exit_code == 1
    assert "NOT the same" in result.stdout
    assert result.stderr.startswith(f"{config}: the resumed run is another one:\n  step 2: ")


def test_without_data(config):
    config.write_text("architecture: INPUT(8x8x1)-FC-10\n")
    assert "there is no data set to train on" in refusal("verify-resume", config, status=2)


def test_nothing_is_left_behind(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("verify-resume", config).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == [config.name]
