"""The pages tell the truth: generated parts are current, commands run, examples are accepted."""

import json
import re
import shlex
from contextlib import chdir
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from cnncli import errors
from cnncli.cli.main import COMMANDS, cli
from tests.docs.pages import PAGES, render
from tests.docs.transcripts import ROOT, needs_no_folder, prepare, run, run_here, understood

README = ROOT / "README.md"
CLI = ROOT / "docs" / "cli.md"
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text() for page in PAGES}
LINES = 150
"""What README.md may have."""


def blocks(text, kind):
    """The contents of a page's blocks of that kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text):
    """What a page asks its reader to type."""
    return re.findall(r"^(cnn .+?)(?:  +#.*)?$", "".join(blocks(text, "sh")), re.MULTILINE)


LONG = {"docs/notes/README.md"}
"""Pages whose commands train for several seconds."""
GENERATED = [
    pytest.param(name, marks=[pytest.mark.slow] * (name in LONG))
    for name in TEXTS
    if "<!-- generated" in TEXTS[name]
]


@pytest.mark.parametrize("name", GENERATED)
def test_generated_parts_are_current(name):
    assert render(TEXTS[name]) == TEXTS[name], "run `make pages`"


def test_no_part_is_left_open():
    for name, text in TEXTS.items():
        assert text.count("<!-- generated") == text.count("<!-- end -->"), name


def test_the_readme_is_short():
    assert len(TEXTS["README.md"].splitlines()) <= LINES


def test_every_command_is_at_a_glance():
    shown = {command.split()[1] for command in commands(_at_a_glance())}
    assert shown == set(COMMANDS)


def _at_a_glance():
    return CLI.read_text().split("\n## At a glance\n")[1].split("\n## ")[0]


def test_every_exit_status_is_listed():
    statuses = {e.exit_status for e in vars(errors).values() if hasattr(e, "exit_status")}
    for status in statuses | {0, 129, 130, 143}:
        assert re.search(rf"^\| (.*/ )?{status}( /.*)? \|", CLI.read_text(), re.M), status


JSON = (
    "shapes configs/alexnet.yaml --set architecture.0.input=224x224x3 --sizes",
    "shapes configs/notes.yaml",
    "sweep sweep.yaml --status",
    "eval runs/digits-1",
    "predict runs/digits-1 scan.png --top 2",
    "diff configs/vgg.yaml configs/vggbn.yaml",
    "diff runs/digits-1 runs/digits-1/last.safetensors",
    "runs",
    "time configs/notes.yaml --batch 2 --steps 1",
    "time configs/notes.yaml --batch 2 --steps 1 --threads 1,2",
    "configs",
    "info",
    "data list",
    "data info digits",
)


SWEEP = """
base: configs/digits.yaml
set: {data.validation: 100, data.limit: 100, train.epochs: 1}
space: {train.optimizer.lr: [0.1, 0.2]}
budget: {trials: 2}
"""


def test_the_commands_at_a_glance(tmp_path):
    """In order, in a folder with configs/, data/digits/ and a sweep; training ends early.

    Then every file of the run is listed, and every key of JSON explained.
    """
    prepare(tmp_path)
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    for command in commands(_at_a_glance()):
        arguments = shlex.split(command)[1:]
        if arguments[0] in ("export", "import") and not find_spec("onnx"):
            continue  # they are tested with it
        if needs_no_folder(arguments):
            result = run_here(arguments)
            assert result.exit_code == 0, (command, result.output)
            continue
        if arguments[0] == "train" and "--smoke" not in arguments:
            arguments += ["--max-steps", "3", "--no-download"]
        process = run(arguments, tmp_path)
        assert process.returncode == 0, (command, process.stdout)
    _check_files(tmp_path / "runs" / "digits-1")
    with chdir(tmp_path):
        for command in JSON:
            _check_json(command)


def _check_files(directory):
    listed = set(re.findall(r"^\| `(\S+)` \|", _section("The directory of a run"), re.MULTILINE))
    found = {file.name for file in directory.iterdir()}
    assert found <= listed
    assert listed - found <= {"best.safetensors", "previous.safetensors"}


def _check_json(command):
    arguments = shlex.split(command)
    result = CliRunner().invoke(cli, [*arguments, "--json"])
    heading = f"\n### JSON of cnn {arguments[0]}\n"
    explained = re.findall(r"`(\w+)`", _section("JSON").split(heading)[1].split("\n### ")[0])
    assert set(_keys(json.loads(result.stdout))) - set(explained) == set(), command


_FOREIGN_KEYS = ("hyperparameters", "differences", "values", "configuration", "environment")
"""Inside of which keys are those of others."""


def _keys(value):
    """Every key, but for those of hyperparameters, configurations and environments."""
    if isinstance(value, list):
        for each in value:
            yield from _keys(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if "." not in key:  # else it is a configuration's
                yield key
            if key not in _FOREIGN_KEYS:
                yield from _keys(each)


def test_the_commands_of_the_readme_are_at_a_glance():
    assert set(commands(TEXTS["README.md"])) <= set(commands(_at_a_glance()))


def _section(heading):
    return CLI.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]


SHOWN = [(name, command) for name, text in TEXTS.items() for command in commands(text)]


@pytest.mark.parametrize(("name", "command"), SHOWN)
def test_commands_are_understood(name, command):
    """Every command of every page has options and arguments that there are."""
    understood(command.split(" | ")[0].removeprefix("cnn "))


CONFIGURATIONS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, text in TEXTS.items()
    for number, block in enumerate(blocks(text, "yaml"))
    if re.match(r"(# \S+\.yaml\n)?", block)[0] == ""
]


@pytest.mark.parametrize("block", CONFIGURATIONS)
def test_configurations_are_accepted(block, tmp_path):
    file = tmp_path / "example.yaml"
    file.write_text(block)
    result = CliRunner().invoke(cli, ["shapes", str(file), "--quiet"])
    assert result.exit_code == 0, result.stderr
