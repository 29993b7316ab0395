"""Without the extra, what is to be installed is said."""

import sys

import pytest

from cnncli.errors import UsageError
from cnncli.sweep.study import Study
from tests.sweep.sweep_files import load


@pytest.mark.parametrize("missing", ["optuna", "cmaes"])
def test_what_to_install(tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    text = "base: digits\nspace: {a: [1]}\nsampler: cmaes\nbudget: {trials: 1}"
    with pytest.raises(UsageError) as caught:
        Study(load(text, tmp_path), tmp_path)
    assert str(caught.value) == (
        "sampler: cmaes needs Optuna; install it: pip install 'cnncli[sweep]', or choose "
        "sampler: random"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["sweep.yaml"]
