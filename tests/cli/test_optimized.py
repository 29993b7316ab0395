"""`python -O` leaves asserts out and `-OO` docstrings too: nothing depends on them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "cnncli"
CONFIGS = PACKAGE.parent / "configs"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LOOKS = {"isinstance", "issubclass", "callable", "len", "all", "any", "hasattr"}
"""Functions that an assert may call: they change nothing."""
CHANGES = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


def effects(text):
    """What asserts do besides looking."""
    for node in ast.walk(ast.parse(text)):
        for part in ast.walk(node) if isinstance(node, ast.Assert) else ():
            is_look = isinstance(part, ast.Call) and getattr(part.func, "id", "") in LOOKS
            if isinstance(part, CHANGES) or (isinstance(part, ast.Call) and not is_look):
                yield ast.unparse(node)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_no_assert_has_an_effect(source):
    assert list(effects(source.read_text())) == []


@pytest.mark.parametrize(
    "text",
    [
        "assert found.setdefault(name, kind) is kind",
        "assert (n := 1)",
        "assert f()",
        "assert a, f()",
    ],
)
def test_an_effect_is_found(text):
    assert list(effects(text))


CODE = """
import contextlib, io, sys
from cnncli.cli.main import COMMANDS, cli
from cnncli.config.reference import reference
calls = [line.split() for line in sys.stdin.read().splitlines()]
for call in calls:
    try:
        cli(call, prog_name="cnn")
    except SystemExit as end:
        print(f"{call}: {end.code}", flush=True)
print(reference())
"""


def run_all(calls, *flags):
    """What commands print, one after another in one process."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", CODE],
        input="\n".join(calls), capture_output=True, text=True, timeout=120, cwd=CONFIGS.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


HELP = [
    f"{command} -h"
    for command in (
        "", "train", "eval", "verify-resume", "shapes", "convert", "diff", "graph", "data",
        "data list", "data fetch", "data verify", "data info", "info", "time",
    )
]  # fmt: skip
NETWORKS = [
    *(f"shapes configs/{name}.yaml" for name in ("digits", "resnet20", "alexnet", "googlenet")),
    "shapes configs/vgg.yaml --explain conv1", "shapes configs/vgg.yaml --json",
    "shapes configs/alexnet.yaml --set architecture.0.input=224x224x3",
    "shapes configs/vgg.yaml --set train.optimizer=sgdd", "shapes configs/vgg.yaml --sizes",
    "graph configs/resnet20.yaml", "diff configs/vgg.yaml configs/vggbn.yaml", "data list",
]  # fmt: skip


def test_no_asserts():
    calls = [*HELP, *NETWORKS]
    usual, optimized = run_all(calls), run_all(calls, "-O")
    assert (optimized.stdout, optimized.stderr) == (usual.stdout, usual.stderr)


def test_no_docstrings(tmp_path):
    run = tmp_path / "run"
    more = [f"train configs/digits.yaml --max-steps 2 --threads 1 --out {run}", f"eval {run}"]
    done = run_all([*HELP, *NETWORKS, *more], "-OO")
    assert ": 70\n" not in done.stdout
    assert "None" not in done.stdout.replace("default: None", "")
    assert "Conv(" not in done.stdout, "the signature of a dataclass"
    for call in more:
        assert f"{call.split()}: 0\n" in done.stdout
    assert f"{NETWORKS[0].split()}: 0\n" in done.stdout
