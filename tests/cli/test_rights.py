"""Files of others, and folders that may not be written to, for root and for somebody else."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from cnncli.files import write_whole
from tests.cli.commands import DATA, call, write_config

NOBODY, OTHER, GROUP = 65534, 1234, 4321
SOUND = "architecture: INPUT(8x8x1) -> CONV3-2 -> FC-2\n"
FAULTY = "architecture: INPUT(8x8x1) -> CONV(K=2,F=3,S=2,P=0) -> FC-2\n"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else"
)


@pytest.fixture(scope="module", autouse=True)
def loaded(tmp_path_factory):
    """What the commands import only when they are called: nobody may not be able to read it."""
    folder = tmp_path_factory.mktemp("loaded")
    run, config = folder / "run", write_config(folder)
    (folder / "net.yaml").write_text(FAULTY)
    for command in (
        ("shapes", "--fix", folder / "net.yaml"),
        ("convert", folder / "net.yaml", "--fc-to-conv", "--out", folder / "out.yaml"),
        ("data", "info", "digits", "--root", DATA, "--sheet", folder / "out.png"),
        ("train", config, "--out", run, "--threads", 1, "--max-steps", 2),
        ("train", config, "--out", run, "--threads", 1, "--resume"),
    ):
        assert call(*command).exit_code == 0


@pytest.fixture
def folder(monkeypatch):
    """One that everybody may read, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="cnncli-test-"))
    path.chmod(0o755)
    monkeypatch.chdir(path)
    yield path
    shutil.rmtree(path)


def as_nobody(work):
    """The text that `work` gives when the user is nobody."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            text = work()
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return text


def told(*command):
    """Exit status and messages of a command that nobody calls."""

    def work():
        result = call(*command)
        return f"{result.exit_code} {result.stderr}"

    return as_nobody(work)


def owner(path):
    found = Path(path).stat()
    return found.st_uid, found.st_gid, found.st_mode & 0o7777


def config_of(owner_, mode, text=FAULTY):
    path = Path("net.yaml")
    path.write_text(text)
    os.chown(path, *owner_)
    path.chmod(mode)


@pytest.mark.parametrize("mode", [0o640, 0o666, 0o600, 0o2755])
def test_root_keeps_owner_group_and_mode(folder, mode):
    config_of((OTHER, GROUP), mode)
    result = call("shapes", "--quiet", "--fix", "net.yaml")
    assert result.exit_code == 0
    assert "warning" not in result.stderr
    assert owner("net.yaml") == (OTHER, GROUP, mode)


def test_nobody_cannot_keep_an_owner_and_says_so(folder):
    folder.chmod(0o777)
    config_of((OTHER, GROUP), 0o6777)
    text = told("shapes", "--quiet", "--fix", "net.yaml")
    assert text.startswith("0 ")
    assert text.count("warning:") == 1
    assert text.splitlines()[0] == (
        f"0 warning: net.yaml: belongs to user {NOBODY} and group {NOBODY} now; "
        f"user {OTHER} and group {GROUP} could not be kept"
    )
    assert owner("net.yaml") == (NOBODY, NOBODY, 0o777)


def test_nobody_keeps_what_is_allowed(folder):
    folder.chmod(0o777)
    config_of((NOBODY, NOBODY), 0o640)
    assert "warning" not in told("shapes", "--quiet", "--fix", "net.yaml")
    assert owner("net.yaml") == (NOBODY, NOBODY, 0o640)


def test_what_was_private_is_never_open_to_others(folder, monkeypatch):
    """Not even while it is written."""
    config_of((OTHER, GROUP), 0o600)
    modes, sync = [], os.fsync

    def noted(descriptor):
        modes.append(os.fstat(descriptor).st_mode & 0o777)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    write_whole(Path("net.yaml"), b"secret")
    assert modes[0] == 0o600


def test_nobody_fixes_no_file_of_others(folder):
    """The folder would let a new file take its place."""
    folder.chmod(0o777)
    config_of((0, 0), 0o644)
    assert told("shapes", "--quiet", "--fix", "net.yaml") == (
        "6 net.yaml: may not be written (mode 644, owned by user 0); chmod u+w allows it\n"
    )
    assert Path("net.yaml").read_text() == FAULTY


def test_folders_that_nobody_may_write_to(folder):
    config_of((NOBODY, NOBODY), 0o644)
    denied = "could not be written: Permission denied"
    assert told("shapes", "--quiet", "--fix", "net.yaml") == f"6 net.yaml: {denied}\n"
    config_of((0, 0), 0o644, SOUND)
    convert = ("convert", "net.yaml", "--fc-to-conv", "--out", "out.yaml")
    assert told(*convert) == f"6 out.yaml: {denied}\n"
    sheet = ("data", "info", "digits", "--root", folder / "data", "--sheet", "out.png")
    shutil.copytree(DATA / "digits", folder / "data" / "digits")
    assert told(*sheet) == f"6 out.png: {denied}\n"
    config = write_config(folder, data=f"{{name: digits, root: {folder / 'data'}, limit: 96}}")
    train = ("train", config, "--threads", 1, "--quiet")
    assert told(*train) == "6 runs: could not be made: Permission denied\n"
    assert told(*train, "--out", "run") == "6 run: could not be made: Permission denied\n"
    assert call(*train, "--out", "run", "--max-steps", 3).exit_code == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir()}
    assert told(*train, "--out", "run", "--resume") == f"6 run/.lock: {denied}\n"
    assert {path.name: path.read_bytes() for path in Path("run").iterdir()} == before


def test_a_run_of_another_goes_on_in_a_shared_folder(folder):
    """It is said once, of the file that is written first, that owners change."""
    shutil.copytree(DATA / "digits", folder / "data" / "digits")
    config = write_config(folder, data=f"{{name: digits, root: {folder / 'data'}, limit: 96}}")
    train = ("train", config, "--threads", 1, "--quiet", "--out", "run")
    assert call(*train, "--max-steps", 3).exit_code == 0
    Path("run").chmod(0o777)
    for path in Path("run").iterdir():
        path.chmod(0o666)
    first, *others = told(*train, "--resume").splitlines()
    assert first == (
        f"0 warning: run/run.json: belongs to user {NOBODY} and group {NOBODY} now; "
        "user 0 and group 0 could not be kept"
    )
    assert [line[:36] for line in others] == ["warning: the network takes no image "]
