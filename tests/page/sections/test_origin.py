import getpass
import json
import os
import platform
import socket

import pytest

import cnncli
from cnncli.check.check import check_text
from cnncli.page.html_document import Document
from cnncli.page.sections.origin import complete, origin
from cnncli.page.subject import Subject
from tests.cli.commands import DATA


def subject_of(run):
    return Subject(run._checked, run.saved, notify=lambda text: None)


def rows_of(section):
    return {row[0].text: row[1].text for part in section.body for row in part.iter("tr")}


def test_the_facts_are_those_of_the_run(digits_run):
    about = json.loads((digits_run.path / "run.json").read_text())
    blas = about["versions"]["blas"][-1]  # a row each, where tests have loaded another
    assert rows_of(origin(subject_of(digits_run))) == {
        "begun": about["started"],
        "images": "digits, 10 classes",
        "SHA-256 of the images": about["data"]["sha256"],
        "cnncli": about["versions"]["cnncli"],
        "Python": platform.python_version(),
        "NumPy": about["versions"]["numpy"],
        "BLAS": f"{blas['internal_api']} {blas['version']} {blas['architecture']}",
        "system": about["machine"]["system"],
        "processor": about["machine"]["processor"],
        "cores": str(about["machine"]["cores"]),
        "threads": "1",
        "seed": "0",
    }


def test_the_configuration_is_whole(digits_run):
    text = complete(subject_of(digits_run))
    assert text == digits_run.config.replace(f"root: {os.path.realpath(DATA)}", "root: data")
    assert check_text(text, digits_run.path, []).spec.train == digits_run.saved.spec.train


def test_of_a_start_the_last_name_stays(tmp_path):
    first = cnncli.Network("digits", set={"data.root": str(DATA)})
    begun = first.train(out=tmp_path / "secret" / "one", epochs=1, threads=1, bar=False)
    run = first.train(out=tmp_path / "two", start=begun.path, epochs=1, threads=1, bar=False)
    subject = subject_of(run)
    assert "start: {run: one, normalise: start}" in complete(subject).replace("skip: [], ", "")
    assert "secret" not in Document.of(subject).text
    assert rows_of(origin(subject))["begun with"] == run.saved.checkpoint.start


@pytest.mark.parametrize("with_run", [True, False])
def test_no_path_user_or_host_stands_in_the_page(digits_run, with_run):
    network = cnncli.Network("digits", set={"data.root": str(DATA)})
    subject = subject_of(digits_run) if with_run else Subject(network.checked)
    text = Document.of(subject).text
    home, host = os.path.expanduser("~"), socket.gethostname()
    secrets = {str(DATA), str(digits_run.path), str(digits_run.path.parent), home + os.sep}
    secrets |= {name for name in (getpass.getuser(), host) if len(name) > 4}
    assert [secret for secret in secrets if secret in text] == []
