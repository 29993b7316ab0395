"""Files as they were in an earlier revision: `REV:file`, read from git."""

import os
import subprocess
from typing import NamedTuple

from cnncli.errors import UsageError


class Revision(NamedTuple):
    """A file in a commit, a branch or a tag; an empty revision is what is staged."""

    revision: str
    file: str

    @classmethod
    def of(cls, text: str) -> "Revision | None":
        """The parts of `REV:file`; None for a file of its own."""
        revision, colon, file = text.partition(":")
        return cls(revision, file) if colon and file and not os.path.exists(text) else None

    def __str__(self) -> str:
        return f"{self.revision}:{self.file}"

    def read(self) -> bytes:
        """The file's bytes, as `git show REV:./file` gives them; paths begin where one stands.

        Raises UsageError where git, the revision or the file in it is missing.
        """
        if self.revision.startswith("-"):
            raise UsageError(f"{self}: a revision does not begin with '-'")
        path = os.path.relpath(self.file) if os.path.isabs(self.file) else self.file
        # `show` would list a directory; `cat-file blob` says that it is no file
        command = ["git", "cat-file", "blob", f"{self.revision}:./{path}"]
        try:
            result = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={**os.environ, "LC_ALL": "C"},
                check=False,
            )
        except FileNotFoundError:
            message = "git is not installed, and there is no file of that name"
            raise UsageError(f"{self}: {message}") from None
        if result.returncode:
            reason = result.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
            raise UsageError(f"{self}: git says: {reason.splitlines()[0] if reason else 'nothing'}")
        return result.stdout
