"""Everything is written by one file: no other opens one for writing, renames or links one."""

import ast

import pytest

from tests.test_architecture import SOURCES, name_of

WRITERS = {"files.py", "locks.py"}

NAMES = {
    # of os, pathlib and shutil
    "write_text", "write_bytes", "touch", "symlink_to", "hardlink_to", "link_to", "rename",
    "renames", "link", "symlink", "mkfifo", "mknod", "copyfile", "copyfileobj", "copytree", "copy2",
    "copymode", "fdopen", "creat", "truncate", "sendfile", "open_code", "mkstemp",
    "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory", "mkdtemp",
    # of NumPy, archives and images
    "savez", "savez_compressed", "savetxt", "tofile", "memmap", "open_memmap", "save_file",
    "extract", "extractall", "extractfile", "save",
}  # fmt: skip
"""Of functions that write, or may."""
MODULES = {"shutil", "tempfile", "fileinput", "sqlite3", "dbm", "shelve", "logging", "csv"}
FLAGS = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_EXCL", "O_TMPFILE"}
OPENERS = {"open", "FileIO", "ZipFile", "GzipFile", "TarFile", "BZ2File", "LZMAFile"}
"""With a mode."""

ALLOWED = {
    # into the stream of a lock, and by files.rename; archives are read from memory
    "datasets/download/fetch.py": {"truncate", "rename"},
    "datasets/formats/archive.py": {"extractfile", "tarfile.open"},
    # decoded by Pillow, and a PNG in memory
    "datasets/formats/images.py": {"Image.open"},
    "report/contact_sheet.py": {"save"},
    "datasets/formats/npz/members.py": {"self._archive.open"},
    # its reader alone, and its writer of a line in memory
    "datasets/formats/csv_table.py": {"csv"},
    "report/predictions.py": {"csv"},
    "runs/run_table.py": {"csv"},
    # a trained network is opened, not a file
    "api/run.py": {"Classifier.open"},
    "inference/judge.py": {"Classifier.open"},
    "page/subject.py": {"Classifier.open"},
    # lines for whoever listens, and no file
    "api/notices.py": {"logging"},
    # a key of the configuration
    "check/rules.py": {"rename"},
    "config/start.py": {"rename"},
    "training/transfer.py": {"rename"},
    # an address is opened, not a file
    "datasets/download/requests_http.py": {"opener.open"},
    # these end in write_whole
    "training/storage/safetensors_file.py": {"save"},
    "training/storage/directory.py": {"save", "rename"},
    "training/storage/ranks_directory.py": {"save"},
    "training/trainer.py": {"save"},
    "training/tools/verify_resume.py": {"save", "Session.open"},
    "cli/convert.py": {"save"},
    "cli/export.py": {"save"},
    "cli/import_network.py": {"save"},
    # a logger is opened, not a file
    "loggers/logger.py": {"logger.open"},
    "training/tools/smoke.py": {"Session.open"},
    "training/tools/launch.py": {"Session.open"},
}
"""What is called like something that writes, and why it may be."""


def writes(text):
    """Calls and imports in the source that may write into a file, by their names."""
    found = set()
    for node in _nodes(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] in MODULES}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            whole = (node.module or "").split(".")[0]
            found |= {whole} & MODULES
            if whole in ("os", "io", "pathlib", "numpy", "posix"):
                asked = {alias.name for alias in node.names}
                found |= asked & (NAMES | FLAGS | {"open", "replace"})
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (NAMES | FLAGS)
        elif isinstance(node, ast.Call):
            found |= _call(node)
    return found


def _nodes(node):
    """All nodes but those of calls on os.devnull, which is there everywhere and holds nothing."""
    yield node
    for child in ast.iter_child_nodes(node):
        arguments = child.args if isinstance(child, ast.Call) else []
        if not (arguments and ast.unparse(arguments[0]) == "os.devnull"):
            yield from _nodes(child)


def _call(node):
    """The name of a call that may write, if it is one."""
    function, arguments = node.func, node.args
    name = ast.unparse(function)
    last = name.rpartition(".")[2]
    if name in NAMES:
        return {last}
    if name == "os.replace":
        return {name}
    if last == "replace" and isinstance(function, ast.Attribute):
        is_text = len(arguments) in (2, 3)  # of a string: what, by what, how often
        return set() if is_text else {name}
    if name == "os.open" or last not in OPENERS:  # its flags are looked for everywhere
        return set()
    given = {key.arg: key.value for key in node.keywords}
    is_method = isinstance(function, ast.Attribute) and last == "open" and name != "io.open"
    place = 0 if is_method else 1
    modes = [given[key] for key in ("mode", None) if key in given] + arguments[place : place + 1]
    modes += [argument for argument in arguments if isinstance(argument, ast.Starred)]
    is_read = all(isinstance(m, ast.Constant) and m.value in ("r", "rb", "rt") for m in modes)
    return set() if is_read else {name}


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_files_are_written_in_one_place(source):
    if name_of(source) not in WRITERS:
        assert writes(source.read_text()) == ALLOWED.get(name_of(source), set())


def test_the_exceptions_are_there():
    assert set(ALLOWED) <= {name_of(source) for source in SOURCES}


@pytest.mark.parametrize(
    "text",
    [
        "open(path, 'w')", "open(path, mode='r+b')", "open(path, how)", "open(path, *how)",
        "open(path, **how)", "path.open('a')", "path.open(mode)", "io.open(path, 'x')",
        "os.open(path, os.O_WRONLY | os.O_CREAT)", "from os import O_RDWR", "from os import open",
        "from os import replace", "path.write_text('')", "write = path.write_bytes", "path.touch()",
        "np.save(path, array)", "np.savez(path)", "array.tofile(path)", "Image.save(path)",
        "import shutil", "from shutil import copy", "import tempfile", "os.link(a, b)",
        "os.rename(a, b)", "path.rename(b)", "os.replace(a, b)", "path.replace(b)",
        "path.symlink_to(b)", "os.fdopen(1, 'w')", "gzip.open(path, 'wb')",
        "tarfile.open(path, mode)", "archive.extractall()", "os.mkfifo(path)", "FileIO(path, 'w')",
        "zipfile.ZipFile(path, 'w')", "gzip.GzipFile(path, 'wb')", "codecs.open(path, 'w')",
    ],
)  # fmt: skip
def test_what_writes_is_found(text):
    assert writes(text)


@pytest.mark.parametrize(
    "text",
    [
        "open(path)", "open(path, 'rb')", "path.open()", "path.open('rb', buffering=0)",
        "open(os.devnull, 'w')", "os.open(os.devnull, os.O_RDONLY)", "text.replace('a', 'b')",
        "replace(spec, root=root)", "path.read_text()",
    ],
)  # fmt: skip
def test_what_only_reads_is_not(text):
    assert not writes(text)
