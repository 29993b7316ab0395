"""The sweep files that the pages show can be read, and their trials be trained."""

import pytest

from cnncli.sweep.judgement import check_trials
from cnncli.sweep.sweep_file import load_sweep
from tests.docs.pages import PAGES
from tests.docs.transcripts import files_of, prepare

TEXTS = {page.name: files_of(page.read_text()) for page in PAGES}
SWEEPS = [
    (page, name) for page, files in TEXTS.items() for name in files if "\nspace:" in files[name]
]


@pytest.mark.parametrize(("page", "name"), SWEEPS)
def test_sweeps_are_accepted(page, name, tmp_path):
    prepare(tmp_path)
    for other, text in TEXTS[page].items():
        (tmp_path / other).write_text(text)
    check_trials(load_sweep(tmp_path / name))


def test_there_are_some():
    assert len(SWEEPS) >= 3
