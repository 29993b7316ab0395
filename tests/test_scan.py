"""Classes are found wherever they stand in a package, and in one order."""

import sys

import pytest

from cnncli.scan import scan

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
    for name in [name for name in sys.modules if name.split(".")[0] == "made"]:
        del sys.modules[name]


@pytest.mark.parametrize("imported_first", [None, "made.b", "made.z"])
def test_what_a_module_builds_on_comes_first(made, imported_first):
    if imported_first:
        __import__(imported_first)
    from made.base import Base

    assert [found.__name__ for found in scan("made", Base)] == ["Base", "Z", "A", "B2", "B1"]
