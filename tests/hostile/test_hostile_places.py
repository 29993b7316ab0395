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
