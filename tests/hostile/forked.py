"""Runs commands in forks of one process and measures each: a JSON line in, a JSON line out.

`forked.py OUTPUT SECONDS`: where a command's text goes, and what it may take of the processor.

A fork has everything imported already: what it takes is what the command's input costs.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import numpy  # noqa: F401
from PIL import Image

import cnncli.cli.data
import cnncli.cli.eval
import cnncli.cli.shapes
import cnncli.cli.train
import cnncli.datasets.sets.cifar
import cnncli.datasets.sets.svhn  # noqa: F401
from cnncli.cli.main import cli

SAFE_BYTES = 2**32
"""What the system stops a command at, so that a broken bound does not take the machine along."""


def run(arguments: list[str], at_least: float, output: Path, seconds: int) -> int:
    """The command's exit status, if it ends by itself; what it says is in the file.

    It is repeated until it has taken `at_least` so many seconds of the processor.
    """
    with output.open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_AS, (SAFE_BYTES, SAFE_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    while True:
        try:
            cli(arguments, prog_name="cnn")
        except SystemExit as end:
            if time.process_time() >= at_least:
                sys.stdout.flush()
                return int(end.code or 0)


def main() -> None:
    """Answers every line with status, seconds of the processor, and MiB at the peak."""
    Image.init()
    output, seconds = Path(sys.argv[1]), int(sys.argv[2])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run(*json.loads(line), output, seconds))
        _, status, usage = os.wait4(child, 0)
        answer = {
            "status": os.waitstatus_to_exitcode(status),
            "seconds": usage.ru_utime + usage.ru_stime,
            "mebibytes": usage.ru_maxrss / 1024,
            "text": output.read_text(errors="replace"),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
