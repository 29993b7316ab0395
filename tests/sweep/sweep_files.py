"""Sweep files for tests."""

from cnncli.sweep.sweep_file import load_sweep


def write(text, folder):
    """The file, in that folder."""
    file = folder / "sweep.yaml"
    file.write_text(text)
    return file


def load(text, folder):
    """What the file says."""
    return load_sweep(write(text, folder))
