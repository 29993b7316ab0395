"""`python -m cnncli` and the console script `cnn`."""

import gc
import os
import signal
import sys
import warnings

from cnncli.cli.boundary import ignore_interrupts, interrupt_once
from cnncli.cli.main import cli


def main() -> None:
    """Runs the command line and ends the program with its status.

    A standard stream that the caller closed is None; what is written there is dropped.
    """
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stdout or nowhere
        sys.stderr = sys.stderr or nowhere
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
            signal.signal(signal.SIGINT, interrupt_once)
        if not sys.warnoptions:  # what NumPy warns of is reported as ours, or harmless
            warnings.simplefilter("ignore")
        try:
            cli(prog_name="cnn")
        finally:
            ignore_interrupts()
            gc.freeze()  # else all objects are gone through once more before they are dropped


if __name__ == "__main__":
    main()
