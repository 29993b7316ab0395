"""The plan of the house: imports run one way, rooms are small, and no file runs code."""

import ast
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "cnncli"
SOURCES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({source.parent for source in SOURCES})

# A room imports itself and those before it.
ORDER = (
    "version", "lazy", "scan", "bounds", "errors", "geometry", "text", "problems", "machine",
    "files", "locks", "shipped",
    "kernels", "layers", "schema", "loggers", "optim", "transforms", "datasets", "config", "graph",
    "engine",
    "data", "check", "starter", "report", "training", "inference", "exchange", "runs", "sweep",
    "page", "api", "__init__", "cli", "__main__",
)  # fmt: skip

MOST_LINES = 300
MOST_FILES = 14
"""Of a folder, without __init__.py."""
CATALOGUES = {"layers", "cli", "page/sections"}
"""Folders with a file for each thing of one kind, as many as there are."""

SAME_NAME = {
    # the contract of a kind of thing
    "base": {"datasets", "layers", "optim"},
    # a layer, and its arithmetic
    "activations": {"kernels", "layers"},
    "local": {"kernels/conv", "layers"},
    # the arithmetic, and how it is shown
    "pooling": {"kernels", "page/sections"},
    "reshape": {"kernels", "layers"},
    "windows": {"kernels/conv", "layers"},
    # what Python offers, what it is made of, and where a page shows it
    "network": {"api", "graph", "page/sections"},
    "run": {"api", "training"},
    # a command, and what it calls
    "convert": {"cli", "training/tools"},
    "timing": {"cli", "engine/probes"},
    "verify_resume": {"cli", "training/tools"},
    # a command, and the section of the configuration
    "data": {"cli", "config"},
    "train": {"cli", "config"},
    # what a run will do, and how it is shown
    "preview": {"report", "training/tools"},
    # a file, and the images that it names
    "load": {"config", "data"},
    # a part of the page, and what is in a table
    "columns": {"page/sections", "report/shapes"},
    # what two commands print
    "output": {"report/diff", "report/timing"},
    # what is wrong with a file, and with the files of a data set
    "problems": {".", "datasets"},
}
"""Files of one name: the same concept on several floors. This table may only shrink."""

DEPENDENCIES = {
    "numpy",
    "click",
    "yaml",
    "tqdm",
    "pydantic",
    "threadpoolctl",
    "safetensors",
    "PIL",
    "mpi4py",
    "optuna",
    "onnx",
    "tensorboard",
}


def name_of(source: Path) -> str:
    """A file inside the package, as `engine/batch.py`."""
    return source.relative_to(PACKAGE).as_posix()


@cache
def tree_of(source: Path) -> ast.Module:
    return ast.parse(source.read_text())


@cache
def imports_of(source: Path) -> frozenset[tuple[str, str]]:
    """(module, name) of every import, also inside functions; relative ones made absolute."""
    package = ("cnncli", *source.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            found |= {(module, alias.name) for alias in node.names}
    return frozenset(found)


def modules_of(source: Path) -> set[str]:
    """The modules of cnncli that a file imports, as `engine/batch.py`."""
    found = set()
    for module, name in imports_of(source):
        if module.split(".")[0] == "cnncli":
            for dotted in (f"{module}.{name}", module):
                path = PACKAGE.joinpath(*dotted.split(".")[1:])
                if path.with_suffix(".py").exists() and path != PACKAGE:
                    found.add(name_of(path.with_suffix(".py")))
                    break
                if dotted == module and path.is_dir():
                    found.add(name_of(path / "__init__.py"))
    return found


def room_of(name: str) -> str:
    return name.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_imports_run_one_way(source):
    room = room_of(name_of(source))
    allowed = ORDER[: ORDER.index(room) + 1]
    rooms = {room_of(module) for module in modules_of(source)} - {"__init__"}
    assert rooms <= set(allowed)


def test_there_are_no_circles():
    graph = {name_of(source): modules_of(source) - {name_of(source)} for source in SOURCES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_layer_imports_another():
    families = {
        source
        for source in (PACKAGE / "layers").glob("*.py")
        if any(isinstance(node, ast.ClassDef) and _is_family(node) for node in tree_of(source).body)
    }
    assert PACKAGE / "layers" / "conv.py" in families
    names = {name_of(source) for source in families}
    for source in families:
        assert not modules_of(source) & (names - {name_of(source)}), source


def test_figures_know_no_run():
    """And no part of a page knows another."""
    for source in SOURCES:
        floor = name_of(source.parent)
        if floor in ("page/figures", "page/sections"):
            known = (
                "training",
                "inference",
                "engine",
                "page/material",
                "page/subject",
                "page/sections",
            )
            known = known if floor == "page/figures" else ("page/sections", "page/html_document")
            others = modules_of(source) - {f"{floor}/__init__.py"}
            assert not [name for name in others if name.startswith(known)], source


def _is_family(node: ast.ClassDef) -> bool:
    """Whether the class declares how it is written."""
    targets = [
        target for line in node.body if isinstance(line, ast.Assign) for target in line.targets
    ]
    return any(isinstance(target, ast.Name) and target.id == "spelling" for target in targets)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_files_are_small(source):
    assert len(source.read_text().splitlines()) <= MOST_LINES


def test_folders_are_small():
    large = {
        name_of(folder): len(files)
        for folder in FOLDERS
        if len(files := [*folder.glob("[!_]*.py")]) > MOST_FILES
    }
    assert set(large) <= CATALOGUES, large


def test_a_name_stands_for_one_thing():
    places: dict[str, set[str]] = {}
    for source in SOURCES:
        if source.stem not in ("__init__", "__main__"):
            places.setdefault(source.stem, set()).add(name_of(source.parent))
    assert {name: floors for name, floors in places.items() if len(floors) > 1} == SAME_NAME


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_name_shadows_another_package(source):
    foreign = (sys.stdlib_module_names | DEPENDENCIES) - {"__main__"}
    assert source.stem not in foreign
    assert source.parent.name not in foreign


def test_the_tests_mirror_the_rooms():
    tests = Path(__file__).parent
    own = {"docs", "fuzz", "hostile", "launching", "publishing"}
    for file in tests.rglob("test_*.py"):
        folder = file.parent.relative_to(tests)
        assert (PACKAGE / folder).is_dir() or folder.parts[0] in own, file


def test_every_folder_says_what_it_is_for():
    assert [name_of(folder) for folder in FOLDERS if not _says(folder / "__init__.py")] == []


def _says(source: Path) -> bool:
    return source.exists() and bool(ast.get_docstring(tree_of(source)) or source.parent == PACKAGE)


def test_only_the_command_line_imports_click():
    for source in SOURCES:
        if room_of(name_of(source)) != "cli":
            assert "click" not in {module.split(".")[0] for module, _ in imports_of(source)}


def test_paths_of_others_are_judged_without_an_error():
    """`os.path` says of any path whether it is there; methods of Path raise for some."""
    methods = {"exists", "is_file", "is_dir", "is_symlink", "resolve", "absolute"}
    for source in SOURCES:
        if room_of(name_of(source)) in {"cli", "check", "config", "data", "datasets"}:
            for node in ast.walk(tree_of(source)):
                if isinstance(node, ast.Attribute) and node.attr in methods:
                    assert ast.unparse(node.value) == "os.path", source


# What would run code, and the one place where each may stand.
ALLOWED = {
    # the names of its functions, which layers in a written module must not take
    "exchange/torch/identifiers.py": {"builtins"},
    # a run's own processes send each other what they are to do
    "engine/parallel/comm.py": {"recv"},
    # the published files of CIFAR, known by their digests
    "datasets/formats/cifar_pickle.py": {"pickle"},
    # what PyTorch has written, read by PyTorch, as tensors alone
    "exchange/torchvision/weight_file.py": {"torch.load"},
}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_nothing_runs_code_from_a_file(source):
    """Wherever it is written, and under whatever name it comes in."""
    modules = {module.split(".")[0] for module, _ in imports_of(source)}
    found = _runs_code(source.read_text()) | (modules & RUN_CODE)
    assert found <= ALLOWED.get(name_of(source), set())


RUN_CODE = {
    "pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "copyreg",
    "builtins", "runpy", "code", "codeop", "ctypes", "imp",
}  # fmt: skip
"""Modules."""
CALLS = {
    "eval", "exec", "__import__", "allow_pickle", "recv", "fromfile", "unsafe_load", "full_load",
}  # fmt: skip
"""Names of functions and their parameters."""
LOADS = {"np.load", "numpy.load", "yaml.load", "torch.load"}


def _runs_code(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name | ast.Attribute | ast.keyword):
            name = {"Name": "id", "Attribute": "attr", "keyword": "arg"}[type(node).__name__]
            found |= {getattr(node, name)} & CALLS
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {f"{node.value.id}.{node.attr}"} & LOADS
        if isinstance(node, ast.Name) and node.id == "compile":
            found.add("compile")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')", "f = exec", "builtins.eval('1')", "np.load(path, None, True)", "compile(a, b)",
        "np.load(path, allow_pickle=True)", "connection.recv()", "yaml.unsafe_load(text)",
        "torch.load(path)",
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
     ["diff", "configs/vgg.yaml", "configs/vggbn.yaml"], ["--help"],
     ["runs", "--in", "tests/training/former"],
     ["diff", *[f"tests/training/former/small/{part}" for part in ("whole", "interrupted")]]],
    ids=" ".join,
)  # fmt: skip
def test_describing_commands_do_not_import_numpy(command):
    code = (
        "import sys; from cnncli.cli.main import cli; "
        f"cli({command!r}, standalone_mode=False); sys.exit('numpy' in sys.modules)"
    )
    run = [sys.executable, "-c", code]
    subprocess.run(run, check=True, timeout=60, stdout=subprocess.DEVNULL, cwd=PACKAGE.parent)


@pytest.mark.parametrize(("P", "loads"), [("same", False), (0, True)])
def test_fixes_are_looked_for_where_something_is_wrong(P, loads):
    code = (
        "import sys; from pathlib import Path; from cnncli.check.check import check_text; "
        f"check_text('architecture: INPUT(8x8x1) - CONV3-3(S=2, P={P}) - FC-10', Path('net')); "
        "sys.exit('cnncli.graph.checks.repair' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == loads


def test_every_public_thing_has_a_docstring():
    missing = []
    for source in SOURCES:
        for node in tree_of(source).body:
            is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            if is_public and not ast.get_docstring(node):
                missing.append(f"{name_of(source)}: {node.name}")
    assert not missing
