"""The Dockerfile without Docker: its instructions, followed in a folder that stands for the image.

What it is not: the base image, whose Python and programs are those of this machine here; its users;
and its folders, which are below the one that stands for the image.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.publishing.environment import Environment
from tests.publishing.project import ROOT

KNOWN = ("FROM", "USER", "ENV", "WORKDIR", "COPY", "RUN", "ENTRYPOINT", "CMD")


class Instruction(NamedTuple):
    """A line, with those that continue it."""

    name: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    """All of them, in their order; ValueError where one is not known here."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    words = (line.split(maxsplit=1) for line in lines if line.strip() and line[0] != "#")
    found = [Instruction(name, rest) for name, rest in words]
    for name, _ in found:
        if name not in KNOWN:
            raise ValueError(f"{name}: an instruction that is not known here")
    return found


class Image:
    """What the Dockerfile makes, as far as a folder and an environment can be it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.environment = Environment(folder)
        self.base = self.user = ""
        self.variables: dict[str, str] = {}
        self.entry: list[str] = []
        self.arguments: list[str] = []
        self._root = folder / "image"
        self.workdir = self._root
        self.workdir.mkdir()
        self._stand_in("useradd")
        for instruction in instructions(text):
            self._follow(*instruction)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """`docker run` with these arguments, or those of CMD."""
        command = [*self.entry, *(arguments or self.arguments)]
        # $HOME is a path of the image
        return self.environment.run(command, self.workdir, {"HOME": str(self.workdir)})

    def _follow(self, name: str, rest: str) -> None:
        if name == "FROM":
            self.base = rest
        elif name == "USER":
            self.user = rest
        elif name == "ENV":
            key, _, text = rest.partition("=")
            self.variables[key] = text
        elif name == "WORKDIR":
            self.workdir = self._root / rest.lstrip("/")
            self.workdir.mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            source, target = rest.split()
            for file in ROOT.glob(source):
                shutil.copy(file, self.workdir / target)
        elif name == "RUN":
            done = self.environment.run(["sh", "-c", rest], self.workdir)
            assert done.returncode == 0, done.stdout
        elif name == "ENTRYPOINT":
            self.entry = json.loads(rest)
        elif name == "CMD":
            self.arguments = json.loads(rest)

    def _stand_in(self, program: str) -> None:
        """A program of the base image that would change this machine does nothing."""
        file = self.environment.bin / program
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
