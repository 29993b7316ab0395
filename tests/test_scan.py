"""Classes are found wherever they stand in a package, and in one order."""

import py_compile
import sys
from pathlib import Path

import pytest

from cnncli.layers import families, find_family
from cnncli.scan import _modules_by_word, modules_with, scan

FILES = {
    "__init__": "",
    "base": "class Base: pass\nclass Other: pass\n",
    "a": "from made.z import Z\nclass A(Z): pass\nalias = A\n",
    "b": "from made.base import Base, Other\nclass B2(Base): pass\nclass B1(Base): pass\n"
    "class NotOne(Other): pass\nNOT_A_CLASS = Base()\n",
    "z": "from made.base import Base\nclass Z(Base): pass\n",
}


@pytest.fixture
def made(tmp_path, monkeypatch):
    (tmp_path / "made").mkdir()
    for name, text in FILES.items():
        (tmp_path / "made" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    _modules_by_word.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "made"]:
        del sys.modules[name]


@pytest.mark.parametrize("imported_first", [None, "made.b", "made.z"])
def test_what_a_module_builds_on_comes_first(made, imported_first):
    if imported_first:
        __import__(imported_first)
    from made.base import Base

    assert [found.__name__ for found in scan("made", Base)] == ["Base", "Z", "A", "B2", "B1"]


def test_only_modules_with_a_word_are_imported(made):
    """Between quotes; a file without a source may hold it."""
    folder = Path(sys.path[0]) / "made"
    (folder / "c.py").write_text('NAMES = ("word", "other")')
    (folder / "d.py").write_text("word = 1")
    assert [module.__name__ for module in modules_with("made", "word")] == ["made.c"]
    assert not {"made.a", "made.b", "made.d"} & {*sys.modules}


def test_a_module_without_a_source_may_hold_any_word(made):
    folder = Path(sys.path[0]) / "made"
    py_compile.compile(str(folder / "a.py"), cfile=str(folder / "a.pyc"))
    (folder / "a.py").unlink()
    assert [module.__name__ for module in modules_with("made", "word")] == ["made.a"]


def test_a_family_is_found_by_each_of_its_names():
    assert {name: find_family(name) for name in families()} == families()
    assert find_family("NONE") is None
