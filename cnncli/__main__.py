"""`python -m cnncli` and the console script `cnn`."""

import os
import signal
import sys

from cnncli.cli.main import cli


def main() -> None:
    """Runs the command line and ends the program with its status.

    A standard stream that the caller closed is None; what is written there is dropped. Ctrl-C does
    nothing any more while Python shuts down.
    """
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stdout or nowhere
        sys.stderr = sys.stderr or nowhere
        try:
            cli(prog_name="cnn")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
