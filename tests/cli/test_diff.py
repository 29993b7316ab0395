"""`cnn diff`: files and revisions, formats and exit statuses."""

import json
import os
import subprocess

import pytest

from tests.cli.commands import call, refusal, succeed

OLD = "architecture: INPUT(8x8x1) -> CONV-4 -> RELU -> FC-3\n"
NEW = "architecture: INPUT(8x8x1) -> CONV-6 -> RELU -> FC-3\n"
FAULTY = "architecture: INPUT(8x8x1) -> CONV(F=3, S=2, P=0) -> FC-3\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory, with old.yaml, new.yaml and faulty.yaml."""
    for name, text in {"old": OLD, "new": NEW, "faulty": FAULTY}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(folder, monkeypatch):
    """The same as a repository, in which new.yaml was once like old.yaml; configs/ is in it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    (folder / "configs").mkdir()
    (folder / "configs" / "net.yaml").write_text(OLD)
    (folder / "new.yaml").write_text(OLD)
    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "--message", "first")
    (folder / "new.yaml").write_text(NEW)
    return folder


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, timeout=60)


def test_two_files(folder):
    result = call("diff", "old.yaml", "new.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:12] == [
        "--- old.yaml: old, 8x8x1 -> 3 scores",
        "+++ new.yaml: new, 8x8x1 -> 3 scores",
        "",
        "  input1: the same",
        "~ conv1  CONV  K 4 -> 6",
        "    output 8x8x4 -> 8x8x6",
        "    parameters 40 -> 60 (+20)",
        "    multiply-adds 2,304 -> 3,456 (+1,152)",
        "~ relu1  RELU  output 8x8x4 -> 8x8x6",
        "~ fc1  FC  parameters 771 -> 1,155 (+384)",
        "    multiply-adds 768 -> 1,152 (+384)",
        "",
    ]


def test_equal_networks(folder):
    result = succeed("diff", "old.yaml", "old.yaml")
    assert "the networks are the same: 4 layers" in result.stdout


def test_json(folder):
    found = json.loads(call("diff", "old.yaml", "new.yaml", "--json").stdout)
    assert found["same"] is False
    assert found["total"]["parameters"] == {"before": 811, "after": 1215, "difference": 404}
    assert json.loads(call("diff", "old.yaml", "old.yaml", "--json").stdout)["same"] is True


def test_faulty_files(folder):
    stderr = refusal("diff", "faulty.yaml", "new.yaml", status=2)
    assert stderr.startswith("faulty.yaml:1:")
    assert "(8 - 3 + 2*0)/2 + 1 = 3.5 is not a whole number" in stderr
    stderr = refusal("diff", "missing.yaml", "faulty.yaml", "--json", status=2)
    assert stderr.startswith("missing.yaml: there is no such file\nfaulty.yaml:1:")


def test_warnings_are_not_shown(folder):
    (folder / "doubtful.yaml").write_text("architecture: INPUT(8x8x1) -> FC-3 -> RELU\n")
    result = call("diff", "doubtful.yaml", "old.yaml")
    assert (result.exit_code, result.stderr) == (0, "")


def test_an_earlier_revision(repository):
    result = call("diff", "HEAD:new.yaml", "new.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("--- HEAD:new.yaml: new, 8x8x1 -> 3 scores\n")
    assert "~ conv1  CONV  K 4 -> 6\n" in result.stdout


def test_what_is_staged(repository):
    git("add", "new.yaml")
    assert "the networks are the same" in call("diff", ":new.yaml", "new.yaml").stdout
    assert "~ conv1" in call("diff", "HEAD:new.yaml", ":new.yaml").stdout


def test_paths_begin_at_the_current_directory(repository, monkeypatch):
    monkeypatch.chdir(repository / "configs")
    assert "the same" in call("diff", "HEAD:net.yaml", "HEAD:../old.yaml").stdout
    assert "the same" in call("diff", f"HEAD:{repository}/old.yaml", "net.yaml").stdout


def test_a_file_that_has_a_colon_in_its_name(repository):
    (repository / "HEAD:new.yaml").write_text(NEW)
    assert "the networks are the same" in call("diff", "HEAD:new.yaml", "new.yaml").stdout


def test_faults_of_an_earlier_revision(repository):
    stderr = refusal("diff", "HEAD:faulty.yaml", "new.yaml", status=2)
    assert stderr.startswith("HEAD:faulty.yaml:1:")
    assert "| architecture: INPUT(8x8x1)" in stderr
    (repository / "bytes.yaml").write_bytes(b"\xff")
    git("add", "bytes.yaml")
    stderr = refusal("diff", ":bytes.yaml", "new.yaml", status=2)
    assert stderr == ":bytes.yaml:1: the file is not UTF-8 (byte 0); save it as UTF-8\n"


def test_blocks_of_an_earlier_revision(repository):
    """They are those of that revision, of files that need not be there any more."""
    text = "blocks: {from: parts/a.yaml}\narchitecture: INPUT(8x8x1) -> unit -> FC-3\n"
    (repository / "configs" / "net.yaml").write_text(text)
    parts = repository / "configs" / "parts"
    parts.mkdir()
    (parts / "a.yaml").write_text("blocks: {from: b.yaml, unit: inner -> RELU}\n")
    (parts / "b.yaml").write_text("variables: {K: 4}\nblocks: {inner: CONV(K=K)}\n")
    git("add", ".")
    (parts / "b.yaml").write_text("variables: {K: 6}\nblocks: {inner: CONV(K=K)}\n")
    result = call("diff", ":configs/net.yaml", "configs/net.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "~ unit1.inner1.conv1  CONV  K 4 -> 6\n" in result.stdout
    (parts / "b.yaml").write_text("blocks: {inner: CONV(K=0)}\n")
    git("add", ".")
    (parts / "b.yaml").unlink()
    stderr = refusal("diff", ":configs/net.yaml", "new.yaml", status=2)
    assert stderr.startswith(
        ":configs/parts/b.yaml:1:24: blocks.inner: unit1.inner1.conv1: K must be at least 1, not 0"
    )
    stderr = refusal("diff", ":configs/net.yaml", "configs/net.yaml", status=2)
    git("add", ".")
    stderr = refusal("diff", ":configs/net.yaml", "new.yaml", status=2)
    assert stderr.startswith(
        ":configs/parts/a.yaml:1:16: blocks.from: :configs/parts/b.yaml: git says: path "
        "'configs/parts/b.yaml' does not exist (neither on disk nor in the index)"
    )


def test_links_of_an_earlier_revision_are_not_followed(repository):
    (repository / "net.yaml").write_text(
        "blocks: {from: a.yaml}\narchitecture: INPUT(8x8x1)-FC-3\n"
    )
    (repository / "a.yaml").symlink_to("/etc/passwd")
    git("add", ".")
    stderr = refusal("diff", ":net.yaml", "new.yaml", status=2)
    assert stderr.startswith(":net.yaml:1:16: blocks.from: a.yaml has no blocks; write them as ")


def test_the_data_of_an_earlier_revision_is_beside_the_file(repository):
    text = f"data: {{name: idx, root: nowhere}}\n{FAULTY}"
    (repository / "configs" / "net.yaml").write_text(text)
    git("add", ".")
    result = call("diff", ":configs/net.yaml", "new.yaml")
    assert f"warning: :configs/net.yaml:1:7: data: {repository}/configs/nowhere" in result.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nope:new.yaml", "nope:new.yaml: git says: invalid object name 'nope'.\n"),
        ("HEAD:x.yaml", "HEAD:x.yaml: git says: path 'x.yaml' does not exist in 'HEAD'\n"),
        ("HEAD:configs", "HEAD:configs: git says: git cat-file HEAD:./configs: bad file\n"),
        ("-x:new.yaml", "-x:new.yaml: a revision does not begin with '-'\n"),
    ],
)
def test_what_git_does_not_know(repository, name, message):
    stderr = refusal("diff", "--", name, "new.yaml", status=2)
    assert stderr.replace("Not a valid", "invalid").replace("fatal: ", "") == message


def test_outside_a_repository(folder, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    stderr = refusal("diff", "HEAD:old.yaml", "new.yaml", status=2)
    assert stderr.startswith("HEAD:old.yaml: git says: not a git repository")


def test_without_git(folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    stderr = refusal("diff", "HEAD:old.yaml", "new.yaml", status=2)
    assert stderr == ("HEAD:old.yaml: git is not installed, and there is no file of that name\n")
