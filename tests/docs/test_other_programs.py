"""The lines that take metrics.jsonl to other programs do so, as they stand on the page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import write_config
from tests.docs.transcripts import ROOT
from tests.training.recorded import lines_of

pytestmark = pytest.mark.logs

SECTION = (
    (ROOT / "docs" / "cli.md")
    .read_text()
    .split("\n## Metrics in other programs\n")[1]
    .split("\n## ")[0]
)
READ, *BLOCKS = re.findall(r"^```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
BY_PACKAGE = {re.match(r"import (\w+)", block)[1]: block for block in BLOCKS}
OFFLINE = {
    "MLFLOW_ALLOW_FILE_STORE": "true",  # a database needs packages that MLflow's client lacks
    "MLFLOW_TRACKING_URI": "file:mlruns",
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run."""
    folder = tmp_path_factory.mktemp("folder")
    config = write_config(folder)
    command = [sys.executable, "-m", "cnncli", "train", config, "--out", "runs/digits-1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True)
    return folder


def run(folder, code):
    """What a program prints, after the lines that read the metrics."""
    done = subprocess.run(
        [sys.executable, "-c", f"{READ}\n{code}"],
        cwd=folder,
        env=os.environ | OFFLINE,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def epochs(folder):
    return [line for line in lines_of(folder / "runs" / "digits-1") if line["kind"] == "epoch"]


def test_each_is_on_the_page():
    assert {*BY_PACKAGE} == {"pandas", "mlflow", "wandb"}
    assert len(READ.splitlines()) + sum(len(block.splitlines()) for block in BLOCKS) <= 20


def test_pandas(folder):
    pytest.importorskip("pandas")
    found = json.loads(run(folder, BY_PACKAGE["pandas"] + "print(table.to_json(orient='index'))"))
    lines = epochs(folder)
    assert [*found] == ["1", "2"]
    for line in lines:
        assert found[str(line["epoch"])] == pytest.approx(
            {key: value for key, value in line.items() if key != "epoch"}
        )


def test_mlflow(folder):
    pytest.importorskip("mlflow")
    asked = """
client = mlflow.MlflowClient()
(logged,) = client.search_runs(["0"])
names = logged.data.metrics
found = {name: [(m.step, m.value) for m in client.get_metric_history(logged.info.run_id, name)]
         for name in names}
print(json.dumps({"name": logged.info.run_name, "found": found}))
"""
    told = json.loads(run(folder, BY_PACKAGE["mlflow"] + asked).splitlines()[-1])
    assert told["name"] == "digits-1"
    lines = epochs(folder)
    names = {key for key, value in lines[0].items() if not isinstance(value, str)}
    assert {*told["found"]} == names
    for name in names:
        assert told["found"][name] == [[line["step"], line[name]] for line in lines]


def test_wandb(folder):
    """Offline; what would be sent stands in its file, as JSON."""
    pytest.importorskip("wandb")
    run(folder, BY_PACKAGE["wandb"])
    (file,) = Path(folder, "wandb").glob("offline-run-*/run-*.wandb")
    content = file.read_bytes()
    for line in epochs(folder):
        for key, value in line.items():
            assert key.encode() in content
            assert json.dumps(value).encode() in content
