"""Names that lead to something else than a file: nothing waits for it, and nothing is read on."""

import os

import pytest

NET = "architecture: INPUT(8x8x1)-FC-2\n"


@pytest.mark.parametrize("command", ["shapes", "train", "graph", "time"])
def test_a_pipe_is_no_configuration(refused, tmp_path, command):
    pipe = tmp_path / "f.yaml"
    os.mkfifo(pipe)
    text = refused(2, command, pipe)
    assert f"{pipe}: this is a pipe or a device, not a configuration file" in text


def test_a_device_is_no_configuration(refused):
    text = refused(2, "shapes", "--quiet", "/dev/zero")
    assert text == "/dev/zero: this is a pipe or a device, not a configuration file\n"


def test_a_link_to_itself(refused, tmp_path):
    loop = tmp_path / "f.yaml"
    loop.symlink_to(loop)
    text = refused(2, "shapes", "--quiet", loop)
    assert text == f"{loop}: the file cannot be read: Too many levels of symbolic links\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(refused, tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(NET)
    path.chmod(0)
    text = refused(2, "shapes", "--quiet", path)
    assert text == f"{path}: the file cannot be read: Permission denied\n"


def test_a_name_that_is_no_text(measured, refused, tmp_path):
    path = tmp_path / os.fsdecode(b"\xff\x1b[31m.yaml")
    path.write_text(NET)
    for options in ([], ["--json"], ["--format", "github"], ["--format", "sarif"]):
        assert measured("shapes", path, *options).status == 0
    path.write_text("architecture: INPUT-FCC\n")
    assert "unknown layer 'FCC'; did you mean FC?" in refused(2, "shapes", path)


@pytest.fixture
def blocks(refused, tmp_path):
    """What is said of a network whose blocks are to be read from a.yaml."""
    (tmp_path / "f.yaml").write_text("blocks: {from: a.yaml}\n" + NET)

    def said(*options):
        text = refused(2, "shapes", *(options or ["--quiet"]), tmp_path / "f.yaml")
        return text.replace(f"{tmp_path}/", "").splitlines()[0]

    return said


FROM = "f.yaml:1:16: blocks.from: a.yaml: "


def test_a_pipe_holds_no_blocks(blocks, tmp_path):
    os.mkfifo(tmp_path / "a.yaml")
    assert blocks() == f"{FROM}this is a pipe or a device, not a configuration file"


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/stdin", "/proc/self/environ", "/etc/passwd"])
def test_a_link_to_elsewhere_holds_no_blocks(blocks, tmp_path, target):
    (tmp_path / "a.yaml").symlink_to(target)
    led = "a link leads out of the folder of the file that names it; put a file there"
    for options in ((), ("--quiet", "--fix")):
        assert blocks(*options) == f"{FROM}{led}"


def test_a_link_to_itself_holds_no_blocks(blocks, tmp_path):
    (tmp_path / "a.yaml").symlink_to("a.yaml")
    assert blocks() == f"{FROM}the file cannot be read: Too many levels of symbolic links"


def test_a_huge_file_holds_no_blocks(blocks, tmp_path):
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(2**40)
    assert blocks() == "a.yaml:1:1: the file is larger than 1 MiB; a configuration is a short text"


def test_a_file_of_blocks_that_is_no_text(blocks, tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"blocks:\n  \xff\x00: 1\n")
    assert blocks() == "a.yaml:2: the file is not UTF-8 (byte 10); save it as UTF-8"


def test_files_of_blocks_that_name_each_other(blocks, tmp_path):
    """A thousand of them, each of which names the next fifty."""
    for i in range(1_000):
        names = ", ".join(f"a{i + k}.yaml" for k in range(1, 51))
        (tmp_path / f"a{i}.yaml").write_text(f"blocks: {{from: [{names}], b{i}: RELU}}\n")
    (tmp_path / "a.yaml").write_text("blocks: {from: a0.yaml}\n")
    assert blocks() == "a48.yaml:1:17: blocks.from[0]: more than 50 files of blocks"


def test_many_aliases_in_files_of_blocks(blocks, tmp_path):
    """They share one budget with the file."""
    lines = ["x0: &x0 [0, 0, 0, 0, 0, 0, 0, 0, 0]"]
    lines += [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 9)]
    (tmp_path / "a.yaml").write_text("\n".join((*lines, "blocks: {unit: RELU}")))
    assert blocks().endswith("more than 50,000 values (aliases count as often as they are used)")


def test_a_name_of_a_file_of_blocks_that_a_terminal_would_obey(refused, tmp_path):
    name = "\\e[31m::error ##[x\\n"
    (tmp_path / "f.yaml").write_text(f'blocks: {{from: "{name}"}}\n{NET}')
    for options in ([], ["--format", "github"]):
        text = refused(2, "shapes", "--quiet", *options, tmp_path / "f.yaml")
        assert "\x1b" not in text
        assert "there is no such file" in text
