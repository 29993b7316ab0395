"""Builds the sdist, and the wheel from it, into dist/, twice; exits with 1 where bytes differ.

The second time from the unpacked sdist: in another folder, without git, with other rights and times
of the files, in another time zone and language.
"""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.publishing.project import ROOT

DIST = ROOT / "dist"
ELSEWHERE = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "77"}


def build(source: Path, out: Path, umask: int = 0o022, **surroundings: str) -> None:
    """Both, each in an environment of its own, which holds only what pyproject.toml asks for."""
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", out, source],
        env=os.environ | surroundings,
        umask=umask,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stdout)


def unpack(sdist: Path, folder: Path, umask: int = 0o022) -> Path:
    """The folder that is in the archive, with the rights of files that are new there."""
    command = ["tar", "-xzf", sdist, "--no-same-permissions", "--touch", "-C", folder]
    subprocess.run(command, umask=umask, check=True)
    (unpacked,) = folder.iterdir()
    return unpacked


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file by its name."""
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def main() -> None:
    """Builds and compares."""
    shutil.rmtree(DIST, ignore_errors=True)
    build(ROOT, DIST)
    with TemporaryDirectory() as name:
        folder, out = Path(name, "another folder"), Path(name, "out")
        folder.mkdir()
        (sdist,) = DIST.glob("*.tar.gz")
        again = unpack(sdist, folder, 0o077)
        (again / "PKG-INFO").unlink()  # an archive says it of itself, and the next one anew
        build(again, out, 0o077, **ELSEWHERE)
        first, second = digests(DIST), digests(out)
    for file, digest in first.items():
        print(f"{digest}  dist/{file}")
    if first != second:
        sys.exit(f"built again, they are others: {second}")


if __name__ == "__main__":
    main()
