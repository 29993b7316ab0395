"""Links, pipes, sockets and devices at every name that is written: nothing is done to them."""

import os
import re
import shutil
import signal
import stat
import sys
from functools import cache

import pytest

from cnncli.datasets.sets import data_sets
from tests.cli.commands import DATA, call, write_config

FAULTY = "architecture: INPUT(8x8x1) -> CONV(K=2,F=3,S=2,P=0) -> FC-2\n"
SOUND = "architecture: INPUT(8x8x1) -> CONV3-2 -> FC-2\n"
RUN = ("config.yaml", "run.json", "metrics.jsonl", "last.safetensors", "previous.safetensors",
       "best.safetensors", ".lock")  # fmt: skip
TRAIN = ("train", "tiny.yaml", "--threads", 1)
FETCHED = data_sets()["mnist"].files[0]
TARGET = f"data/{FETCHED.folder}/{FETCHED.file}".replace("//", "/")
FETCH = ("data", "fetch", "mnist", "--no-progress", "--root", "data")

WRITTEN = {
    "net.yaml": ("shapes", "--quiet", "--fix", "net.yaml"),
    "out.yaml": ("convert", "sound.yaml", "--fc-to-conv", "--out", "out.yaml"),
    "out.safetensors": ("convert", "trained", "--fc-to-conv", "--out", "out.safetensors"),
    "sheet.png": ("data", "info", "digits", "--root", DATA, "--sheet", "sheet.png"),
    "start.yaml": ("init", "start"),
    "report.html": ("report", "trained", "--out", "report.html"),
    "sound-report.html": ("report", "sound.yaml", "--out", "sound-report.html"),
    "convolution.html": ("demo",),
    **{f"{name}.svg": ("demo", "--figures", ".") for name in ("convolution", "pooling")},
    **{f"run/{name}": (*TRAIN, "--out", "run", "--resume") for name in RUN},
    TARGET: FETCH,
    f"{TARGET}.part": FETCH,
}
"""Every file that a command writes, and that command."""
FORMER = [
    *(f".{name}.part" for name in ("net.yaml", "out.yaml", "out.safetensors", "sheet.png")),
    *(f"run/.{name}.part" for name in RUN if name != ".lock"),
]
"""Names that were those of temporary files once."""
KINDS = ("link", "dangling", "pipe", "socket", "device", "directory")


@pytest.fixture(autouse=True)
def in_time():
    """Nothing waits for a pipe."""

    def late(*_):
        raise TimeoutError("it hangs")

    former = signal.signal(signal.SIGALRM, late)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with all that the commands read."""
    folder = tmp_path_factory.mktemp("made")
    write_config(folder)
    (folder / "net.yaml").write_text(FAULTY)
    (folder / "sound.yaml").write_text(SOUND)
    config = folder / "tiny.yaml"
    assert call("train", config, "--out", folder / "trained", "--threads", 1).exit_code == 0
    return folder


@pytest.fixture
def work(made, tmp_path, monkeypatch):
    folder = tmp_path / "work"
    shutil.copytree(made, folder)
    mirrored = tmp_path / "mirror" / FETCHED.folder / FETCHED.file
    mirrored.parent.mkdir(parents=True)
    mirrored.touch()
    os.truncate(mirrored, FETCHED.size)  # it is not what was published
    monkeypatch.setenv("CNN_DATA_MIRROR", f"file://{tmp_path / 'mirror'}")
    monkeypatch.chdir(folder)
    (folder / "run").mkdir()
    (folder / TARGET).parent.mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "victim").write_text(FAULTY)
    return folder


def plant(path, kind):
    """What stands there then, in words."""
    victim = "outside/none" if kind == "dangling" else "outside/victim"
    target = path.parents[len(path.relative_to(path.cwd()).parts)] / victim
    path.unlink(missing_ok=True)
    if kind in ("link", "dangling"):
        path.symlink_to(target)
        return f"is a link to {target}; name the file itself, or move the link away"
    if kind == "directory":
        path.mkdir()
    elif kind == "device":
        if os.geteuid():
            pytest.skip("only root makes devices")
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    else:
        os.mknod(path, {"pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK}[kind] | 0o666)
    return f"is a {kind}, not a file; name another, or move it away"


def seen(path):
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_rdev, found.st_mtime_ns


def outside(work):
    return {p.name: (p.read_text(), seen(p)) for p in (work.parent / "outside").iterdir()}


def unread(name, kind):
    """The refusal of a configuration that cannot even be read."""
    texts = {
        "dangling": "there is no such file",
        "directory": "there is no .yaml file in this directory",
    }
    return f"{name}: {texts.get(kind, 'this is a pipe or a device, not a configuration file')}\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WRITTEN)
def test_a_name_that_is_written(work, name, kind):
    """It is refused, whether or not --force is given."""
    expected = f"{name}: {plant(work / name, kind)}\n"
    was, before = seen(work / name), outside(work)
    command = WRITTEN[name]
    for options in ([], ["--force"]) if command[0] in ("convert", "data", "init") else ([],):
        if options and command == FETCH:
            continue
        result = call(*command, *options)
        if name == "net.yaml" and kind != "link":
            assert (result.exit_code, result.stderr) == (2, unread(name, kind))
        else:
            assert (result.exit_code, result.stderr) == (6, expected)
    assert (seen(work / name), outside(work)) == (was, before)
    if name.startswith("run/"):
        assert {path.name for path in (work / "run").iterdir()} <= {".lock", name[4:]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FORMER)
def test_a_name_that_was_written_once(work, name, kind):
    plant(work / name, kind)
    was, before = seen(work / name), outside(work)
    command = WRITTEN[name.replace("/.", "/").removeprefix(".").removesuffix(".part")]
    result = call(*command)
    assert result.exit_code == 0, result.stderr
    assert outside(work) == before
    is_cleared = name.startswith("run/") and kind in ("link", "dangling")
    assert os.path.lexists(work / name) != is_cleared
    assert is_cleared or seen(work / name) == was


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RUN)
@pytest.mark.parametrize("options", [(), ("--smoke",)])
def test_a_new_run(work, name, kind, options):
    """What is there looks like a run, or is refused as above."""
    expected = f"run/{name}: {plant(work / 'run' / name, kind)}\n"
    was, before = seen(work / "run" / name), outside(work)
    result = call(*TRAIN, "--out", "run", *options)
    if name == ".lock" or kind == "dangling":
        assert (result.exit_code, result.stderr) == (6, expected)
    else:
        assert (result.exit_code, result.stderr) == (
            2, "run holds a run already; --resume continues it, another --out starts anew\n",
        )  # fmt: skip
    assert (seen(work / "run" / name), outside(work)) == (was, before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RUN)
def test_a_run_that_goes_on(work, name, kind):
    shutil.rmtree(work / "run")
    shutil.copytree(work / "trained", work / "run")
    expected = f"run/{name}: {plant(work / 'run' / name, kind)}\n"
    was, before = seen(work / "run" / name), outside(work)
    result = call(*TRAIN, "--out", "run", "--resume", "--epochs", 3)
    assert (result.exit_code, result.stderr) == (6, expected)
    assert (seen(work / "run" / name), outside(work)) == (was, before)


@pytest.mark.parametrize("kind", ["dangling", "pipe", "socket", "device", "link"])
def test_the_folder_of_runs(work, kind):
    plant(work / "runs", kind)
    was, before = seen(work / "runs"), outside(work)
    result = call(*TRAIN)
    assert (result.exit_code, result.stderr) == (6, "runs: could not be made: File exists\n")
    assert (seen(work / "runs"), outside(work)) == (was, before)


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_of_a_run(work, kind):
    (work / "runs").mkdir()
    plant(work / "runs" / "tiny-1", kind)
    was, before = seen(work / "runs" / "tiny-1"), outside(work)
    assert call(*TRAIN).exit_code == 0
    assert (seen(work / "runs" / "tiny-1"), outside(work)) == (was, before)
    assert (work / "runs" / "tiny-2" / "last.safetensors").is_file()


def test_links_that_share_a_file_with_another(work):
    """A second name of what is appended to, or locked, may be somebody's."""
    for name in ("run/.lock", f"{TARGET}.part"):
        victim = work / "mine"
        victim.write_text("mine")
        os.link(victim, work / name)
        result = call(*WRITTEN[name])
        assert (result.exit_code, result.stderr) == (
            6,
            f"{name}: has 2 names (hard links), and another may be someone's file; "
            "move this one away\n",
        )
        assert victim.read_text() == "mine"
        (work / name).unlink()


def test_a_copy_of_a_run_by_hard_links(work):
    """The copy stays as it is, while the run goes on."""
    copied = work / "copied"
    shutil.copytree(work / "trained", copied, copy_function=os.link)
    (work / "trained" / ".lock").unlink()
    before = {path.name: path.read_bytes() for path in copied.iterdir()}
    result = call(*TRAIN, "--out", "trained", "--resume", "--epochs", 3)
    assert result.exit_code == 0, result.stderr
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before


WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_noted: list[str] | None = None


@cache
def _watch():
    """Notes what is opened for writing, made or named, as long as there is a list for it."""

    def note(event, arguments):
        if _noted is None:
            return
        if event == "open" and arguments[2] & WRITES:
            _noted.append(arguments[0])
        elif event in ("os.rename", "os.link"):
            _noted.append(arguments[1])

    sys.addaudithook(note)


def test_every_name_that_is_written_is_here(work, monkeypatch):
    """All that the commands open for writing, as the system sees it."""
    _watch()
    noted = []
    monkeypatch.setattr(sys.modules[__name__], "_noted", noted)
    for command in dict.fromkeys(WRITTEN.values()):
        assert call(*command).exit_code == (3 if command == FETCH else 0)
    assert call(*TRAIN, "--epochs", 1, "--out", "run2").exit_code == 0
    monkeypatch.setattr(sys.modules[__name__], "_noted", None)
    names = {
        os.path.relpath(os.fsdecode(name), work)
        for name in noted
        if isinstance(name, str | os.PathLike)
    }
    found = {name for name in names if not re.search(r"(^|/)\.cnn-[0-9a-f]{16}\.part$", name)}
    own = {re.sub(r"^run2/", "run/", name) for name in found if not name.endswith("dev/null")}
    assert own == set(WRITTEN) - {TARGET}
