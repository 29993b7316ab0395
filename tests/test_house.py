"""The plan of the house: imports run one way, files are small, nothing runs code from a file."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnncli"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# A package imports itself and those before it; the last of a move's imports still run upwards.
ORDER = (
    "lazy", "scan", "bounds", "errors", "geometry", "text", "problems", "machine", "files",
    "kernels", "layers", "schema", "optim", "transforms", "datasets", "config", "graph", "engine",
    "data", "check", "report", "training", "cli", "__main__",
)  # fmt: skip


def _imports(source: Path) -> set[tuple[str, str]]:
    """(module, name) of every import, also inside functions; relative ones made absolute."""
    package = ("cnncli", *source.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            found |= {(module, alias.name) for alias in node.names}
    return found


def _ours(source: Path) -> set[str]:
    """The packages of cnncli that a file imports."""
    ours = set()
    for module, name in _imports(source):
        parts = module.split(".")
        if parts[0] == "cnncli":
            ours.add(parts[1] if len(parts) > 1 else name)
    return ours - {"__version__", ""}


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(source):
    package = source.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if package not in ORDER:
        return
    upwards = {name for name in _ours(source) if ORDER.index(name) > ORDER.index(package)}
    assert not upwards


def test_no_layer_imports_another():
    families = {
        source.stem
        for source in (PACKAGE / "layers").glob("*.py")
        if "    spelling = Spelling(" in source.read_text()
    }
    assert "conv" in families
    for source in (PACKAGE / "layers").glob("*.py"):
        for module, _ in _imports(source):
            assert not (module.startswith("cnncli.layers.") and module.split(".")[2] in families)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_small(source):
    assert len(source.read_text().splitlines()) <= 300


def test_only_the_command_line_imports_click():
    for source in SOURCES:
        if "cli" not in source.relative_to(PACKAGE).parts:
            assert "click" not in {module.split(".")[0] for module, _ in _imports(source)}


def test_nothing_runs_code_from_a_file():
    """Wherever it is written, and under whatever name it comes in."""
    for source in SOURCES:
        found = _runs_code(source.read_text()) | {
            module
            for module in (name.split(".")[0] for name, _ in _imports(source))
            if module in RUN_CODE
        }
        assert found <= ALLOWED.get(str(source.relative_to(PACKAGE)), set()), source


ALLOWED = {
    # a run's own processes send each other what they are to do
    "engine/parallel/comm.py": {"recv"},
    # only published bytes, and of those three names
    "datasets/formats/cifar_pickle.py": {"pickle"},
}
RUN_CODE = {
    "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "copyreg",
    "builtins", "runpy", "code", "codeop", "ctypes", "imp",
}  # fmt: skip
"""Modules."""
CALLS = {
    "eval",
    "exec",
    "__import__",
    "allow_pickle",
    "recv",
    "fromfile",
    "unsafe_load",
    "full_load",
}
"""Names of functions and their parameters."""


def _runs_code(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name | ast.Attribute | ast.keyword):
            name = {"Name": "id", "Attribute": "attr", "keyword": "arg"}[type(node).__name__]
            found |= {getattr(node, name)} & CALLS
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {f"{node.value.id}.{node.attr}"} & {"np.load", "numpy.load", "yaml.load"}
        if isinstance(node, ast.Name) and node.id == "compile":
            found.add("compile")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')", "f = exec", "builtins.eval('1')", "np.load(path, None, True)", "compile(a, b)",
        "np.load(path, allow_pickle=True)", "connection.recv()", "yaml.unsafe_load(text)",
    ],
)  # fmt: skip
def test_what_runs_code_is_found(text):
    assert _runs_code(text)


@pytest.mark.parametrize(
    "module",
    ["cnncli", "cnncli.layers", "cnncli.config.load", "cnncli.graph.build", "cnncli.cli.main"],
)
def test_describing_a_network_does_not_import_numpy(module):
    code = f"import sys, {module}; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    "command",
    [["shapes", "configs/vggbn.yaml"], ["graph", "configs/vggbn.yaml"],
     ["shapes", "configs/resnet20.yaml", "--explain", "conv1"],
     ["diff", "configs/vgg.yaml", "configs/vggbn.yaml"], ["--help"]],
    ids=" ".join,
)  # fmt: skip
def test_describing_commands_do_not_import_numpy(command):
    code = (
        "import sys; from cnncli.cli.main import cli; "
        f"cli({command!r}, standalone_mode=False); sys.exit('numpy' in sys.modules)"
    )
    run = [sys.executable, "-c", code]
    subprocess.run(run, check=True, timeout=60, stdout=subprocess.DEVNULL, cwd=PACKAGE.parent)


def test_every_public_thing_has_a_docstring():
    missing = []
    for source in SOURCES:
        tree = ast.parse(source.read_text())
        for node in tree.body:
            is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            if is_public and not ast.get_docstring(node):
                missing.append(f"{source.name}: {node.name}")
    assert not missing
