"""action.yml: what the page says of it, and its steps as a runner would take them."""

import re
import shutil

import pytest
import yaml

from tests.publishing.project import ROOT, project, repository

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INPUTS = ACTION["inputs"]
STEPS = ACTION["runs"]["steps"]
PAGE = (ROOT / "docs" / "ci.md").read_text()
WRONG = "architecture: INPUT(8x8x1) -> CONV(K=2,F=3,S=2,P=0) -> FC-2\n"
DOUBTFUL = "architecture: INPUT(8x8x1) -> FC-2 -> RELU\n"


def test_the_page_shows_it():
    """By the name of the repository, and with inputs that there are."""
    (workflow,) = [
        yaml.safe_load(block)
        for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        if "/cnncli@" in block
    ]
    (step,) = [
        step
        for step in workflow["jobs"]["networks"]["steps"]
        if not step.get("uses", "actions/").startswith("actions/")
    ]
    assert step["uses"].split("@")[0] == repository().removeprefix("https://github.com/")
    assert set(step["with"]) <= set(INPUTS)


def test_the_python_is_promised():
    python = f"Programming Language :: Python :: {INPUTS['python-version']['default']}"
    assert python in project()["project"]["classifiers"]


def test_inputs_come_as_variables():
    """What a workflow hands over is never a part of a script, where it could be a command."""
    for step in STEPS:
        assert "${{" not in step.get("run", "")
    used = re.findall(r"\binputs\.([\w-]+)", str(STEPS))
    assert set(used) == set(INPUTS)


def filled(text, given):
    """A value of `env`, or a condition, for these inputs."""
    known = {name: str(given.get(name, INPUTS[name]["default"])) for name in INPUTS}
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: known[found[1]], text)


def steps(environment, folder, **given):
    """Takes the steps that are scripts, one after the other, as far as the first that fails."""
    done = None
    for step in STEPS:
        condition = re.fullmatch(r"inputs\.([\w-]+) != ''", step.get("if", ""))
        skipped = condition and not filled(f"${{{{ inputs.{condition[1]} }}}}", given)
        if "run" in step and not skipped:
            assert step["shell"] == "bash"
            variables = {name: filled(text, given) for name, text in step.get("env", {}).items()}
            variables["GITHUB_ACTION_PATH"] = str(folder.parent / "action")
            done = environment.shell(step["run"], folder, variables)
            if done.returncode:
                break
    return done


@pytest.mark.dist
def test_its_steps(unpacked, environment, tmp_path):
    """From what a runner has: the files of the action, and those of somebody's repository."""
    unpacked.rename(tmp_path / "action")
    folder = tmp_path / "theirs"
    (folder / "configs").mkdir(parents=True)
    for name in ("digits.yaml", "notes.yaml"):
        shutil.copy(ROOT / "configs" / name, folder / "configs")
    good = steps(environment, folder, smoke="configs/digits.yaml configs/notes.yaml")
    assert good.returncode == 0, good.stdout
    assert "smoke run of notes: " in good.stdout

    (folder / "doubtful.yaml").write_text(DOUBTFUL)
    assert steps(environment, folder, configs="doubtful.yaml").returncode == 0
    strict = {"configs": "doubtful.yaml", "options": "--warnings-as-errors"}
    assert steps(environment, folder, **strict).returncode == 2
    (folder / "configs" / "wrong.yaml").write_text(WRONG)
    failed = steps(environment, folder, smoke="configs/digits.yaml")
    assert failed.returncode == 2
    assert "::error file=configs/wrong.yaml,line=1," in failed.stdout
