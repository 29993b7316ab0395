"""`python -m cnncli` and the console script `cnn`."""

from cnncli.cli import interrupts


def main() -> None:
    """Runs the command line and ends the program with its status.

    What takes time to import comes after the signals are caught.
    """
    interrupts.catch_signals()
    import gc
    import os
    import sys
    import warnings

    from cnncli.engine.parallel.launchers import launch_of
    from cnncli.lazy import pause_collection

    if launch_of(os.environ):
        interrupts.end = interrupts.end_by_signal
    with pause_collection():
        from cnncli.cli.main import cli
        from cnncli.cli.streams import standard_streams

    if "_CNN_COMPLETE" in os.environ:
        from cnncli.cli.completion import answer

        answer()
        gc.freeze()  # as below
        return
    with standard_streams():
        if not sys.warnoptions:  # what NumPy warns of is reported as ours, or harmless
            warnings.simplefilter("ignore")
        try:
            cli(prog_name="cnn")
        except SystemExit as ended:
            interrupts.check_end(ended.code)
            raise
        finally:
            interrupts.ignore_signals()
            gc.freeze()  # else all objects are gone through once more before they are dropped


if __name__ == "__main__":
    main()
