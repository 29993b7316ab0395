"""A signal to one of several processes that has not joined the others yet: it ends by the signal.

MPICH's mpirun ends the others then. Where the one exits, they wait in MPI_Init for ever.
"""

import os
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, signal
import cnncli.cli.main as commands
from cnncli.__main__ import main

def cli(prog_name):
    WORK

commands.cli = cli
main()
"""
AT_ONCE = "os.kill(os.getpid(), signal.SIGTERM)"
LAUNCH = {"PMI_SIZE": "2", "PMI_RANK": "1"}
AT_WORK = "raise SystemExit(143)"  # as of a KeyboardInterrupt that a command has raised


@pytest.mark.parametrize("work", [AT_ONCE, AT_WORK])
@pytest.mark.parametrize(("launch", "status"), [({}, 143), (LAUNCH, -signal.SIGTERM)])
def test_the_end(work, launch, status):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("WORK", work)], env={**os.environ, **launch}
    )
    assert done.returncode == status


def test_another_status_stays():
    program = PROGRAM.replace("WORK", "raise SystemExit(2)")
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, **LAUNCH})
    assert done.returncode == 2
