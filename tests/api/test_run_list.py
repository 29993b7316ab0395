"""`cnncli.list_runs`: the runs of a folder for Python."""

import pytest

import cnncli
from cnncli.runs.run_record import FIGURES
from tests.runs.made import CONFIG, epoch, finished, made_run


def test_runs_as_dictionaries(tmp_path, monkeypatch):
    """All have the same keys, so that they make a table."""
    finished(tmp_path / "runs" / "net-1")
    more = CONFIG + "  clip_norm: 1.0\n"
    made_run(tmp_path / "runs" / "net-2", epoch(1), config=more)
    monkeypatch.chdir(tmp_path)
    found = cnncli.list_runs()
    assert [list(run) for run in found] == [list(found[0])] * 2
    assert set(FIGURES) < set(found[0])
    assert [run["train.clip_norm"] for run in found] == [None, 1.0]
    assert [run["test_accuracy"] for run in found] == [0.75, None]
    assert cnncli.list_runs("runs", where="state = finished") == found[:1]
    assert cnncli.list_runs(where=["lr > 0", "clip_norm = 1"]) == found[1:]


def test_what_is_told(tmp_path):
    place = finished(tmp_path / "net-1")
    (place / "run.json").write_text("{")
    with pytest.warns(cnncli.CnncliWarning, match="is no JSON object"):
        assert len(cnncli.list_runs(tmp_path)) == 1
    said = []
    cnncli.list_runs(tmp_path, notify=said.append)
    assert said == [f"warning: {place}/run.json: is damaged: it is no JSON object"]
    with pytest.raises(cnncli.UsageError, match="there is no such folder"):
        cnncli.list_runs(tmp_path / "nothing")
    with pytest.raises(cnncli.ConfigError, match="--where:4: expected a number"):
        cnncli.list_runs(tmp_path, where="lr>", notify=said.append)
