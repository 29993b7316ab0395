"""The sweep files that the pages show can be read, and their trials be trained."""

import pytest
import yaml

from cnncli.sweep.judgement import check_trials
from cnncli.sweep.sweep_file import load_sweep
from tests.docs.pages import PAGES
from tests.docs.transcripts import files_of, prepare, understood

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


def test_the_job_of_kubernetes():
    """It is YAML, and its command is one of ours."""
    job = yaml.safe_load(TEXTS["sweeps.md"]["job.yaml"])
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["command"][0] == "cnn"
    understood(" ".join(container["command"][1:]))


def test_there_are_some():
    assert len(SWEEPS) >= 3
