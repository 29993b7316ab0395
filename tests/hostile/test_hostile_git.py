"""`cnn diff REV:FILE` in a folder of anybody: nothing that its .git names is run or fetched."""

import os
import subprocess

import pytest

from tests.cli.commands import call, refusal

NET = "architecture: INPUT(8x8x1) -> CONV-4 -> RELU -> FC-3\n"
HOSTILE = """\
[core]
	fsmonitor = {run}
	sshCommand = {run}
	gitProxy = {run}
	pager = {run}
	editor = {run}
	askPass = {run}
	hooksPath = {hooks}
	alternateRefsCommand = {run}
	attributesFile = {attributes}
[extensions]
	partialClone = origin
[remote "origin"]
	url = {url}
	promisor = true
	partialCloneFilter = blob:none
	uploadpack = {run}
	vcs = {vcs}
[alias]
	cat-file = !{run}
	show = !{run}
[pager]
	cat-file = {run}
[diff]
	external = {run}
[diff "x"]
	textconv = {run}
	command = {run}
[filter "x"]
	smudge = {run}
	clean = {run}
	process = {run}
	required = true
[credential]
	helper = !{run}
[protocol]
	allow = always
[uploadpack]
	packObjectsHook = {run}
[gpg]
	program = {run}
[maintenance]
	auto = true
[gc]
	auto = 1
"""
HOOKS = ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor-watchman")


def git(*arguments, folder="."):
    subprocess.run(["git", *arguments], cwd=folder, check=True, timeout=60)


@pytest.fixture
def origin(tmp_path, monkeypatch):
    """A repository with net.yaml, from which others may take a part."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no.gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "net.yaml").write_text(NET)
    git("init", "--quiet", folder=folder)
    git("add", ".", folder=folder)
    git(
        *("-c", "user.name=n", "-c", "user.email=e"),
        *("commit", "--quiet", "--message", "first"),
        folder=folder,
    )
    git("config", "uploadpack.allowFilter", "true", folder=folder)
    git("config", "uploadpack.allowAnySHA1InWant", "true", folder=folder)
    return folder


@pytest.fixture
def partial(origin, tmp_path, monkeypatch):
    """The current directory: a clone without the content of files, and a file of its own."""
    folder = tmp_path / "partial"
    git(
        *("clone", "--quiet", "--no-checkout", "--filter=blob:none"),
        *(f"file://{origin}", str(folder)),
    )
    (folder / "new.yaml").write_text(NET)
    monkeypatch.chdir(folder)
    return folder


def forget(monkeypatch, tmp_path, variable):
    """From here on `git` does not know a variable, as older ones do not."""
    real = subprocess.run(
        ["sh", "-c", "command -v git"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "bin").mkdir()
    old = tmp_path / "bin" / "git"
    old.write_text(f'#!/bin/sh\nunset {variable}\nexec {real} "$@"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("variable", ["NOTHING", "GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL"])
def test_what_a_partial_clone_lacks_is_not_fetched(partial, monkeypatch, tmp_path, variable):
    """Either of the two variables is enough; the other one may be unknown."""
    forget(monkeypatch, tmp_path, variable)
    for _ in range(2):  # nor is it there afterwards
        stderr = refusal("diff", "HEAD:net.yaml", "new.yaml", status=2)
        assert stderr.startswith("HEAD:net.yaml: git says: ")
        assert "could not fetch" in stderr or "transport 'file' not allowed" in stderr
        assert stderr.endswith(
            "; this partial clone does not hold the file, and cnn fetches nothing: "
            "`git show HEAD:./net.yaml` does\n"
        )
        assert stderr.count("\n") == 1
    git("show", "HEAD:./net.yaml")
    assert call("diff", "HEAD:net.yaml", "new.yaml").exit_code == 0


@pytest.mark.parametrize("url", ["file", "ext", "ssh", "https", "vcs"])
@pytest.mark.parametrize("variable", ["NOTHING", "GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL"])
def test_a_hostile_config(partial, origin, monkeypatch, tmp_path, url, variable):
    """Its commands would leave a file; the object that is asked for is missing, or there."""
    marker, run = tmp_path / "marker", tmp_path / "run"
    run.write_text(f"#!/bin/sh\necho $0 $* >> {marker}\nexit 1\n")
    run.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in HOOKS:
        (hooks / name).symlink_to(run)
    (tmp_path / "git-remote-evil").symlink_to(run)
    attributes = tmp_path / "attributes"
    attributes.write_text("* filter=x diff=x\n")
    urls = {
        "file": f"file://{origin}",
        "ext": f"ext::{run}",
        "ssh": "ssh://nowhere.invalid/x",
        "https": "https://nowhere.invalid/x",
        "vcs": f"file://{origin}",
    }
    text = HOSTILE.format(
        run=run,
        hooks=hooks,
        attributes=attributes,
        url=urls[url],
        vcs="evil" if url == "vcs" else "",
    )
    if url != "vcs":
        text = text.replace("\tvcs = \n", "")
    with (partial / ".git" / "config").open("a") as file:
        file.write(text)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    if variable != "NOTHING":
        forget(monkeypatch, tmp_path, variable)
    stderr = refusal("diff", "HEAD:net.yaml", "new.yaml", status=2)
    assert "this partial clone does not hold the file" in stderr
    assert not marker.exists(), marker.read_text()
    there = subprocess.run(
        ["git", "hash-object", "-w", "--no-filters", "new.yaml"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout.strip()  # fmt: skip
    git("update-index", "--add", "--cacheinfo", f"100644,{there},there.yaml")
    marker.unlink(missing_ok=True)  # what these two have run
    assert call("diff", ":there.yaml", "new.yaml").exit_code == 0
    assert not marker.exists(), marker.read_text()


def test_the_config_is_hostile_indeed(partial, origin, tmp_path):
    """Without the variables git runs what it names: what the test above forbids would happen."""
    marker = tmp_path / "marker"
    git("config", "remote.origin.uploadpack", f"echo x >> {marker}; git-upload-pack")
    git("cat-file", "-s", "HEAD:./net.yaml")
    assert marker.exists()


def test_a_large_file_is_not_taken_out(origin, monkeypatch):
    (origin / "large.yaml").write_text("#" * (2**20 + 1))
    monkeypatch.chdir(origin)
    git("add", ".")
    stderr = refusal("diff", ":large.yaml", "net.yaml", status=2)
    assert stderr == (
        ":large.yaml:1:1: the file is larger than 1 MiB; a configuration is a short text\n"
    )


def test_git_that_does_not_answer(origin, monkeypatch, tmp_path):
    (tmp_path / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("cnncli.cli.diff._SECONDS", 0.2)
    monkeypatch.chdir(origin)
    stderr = refusal("diff", "HEAD:net.yaml", "net.yaml", status=2)
    assert stderr == "HEAD:net.yaml: git has not answered within 0.2 s\n"
