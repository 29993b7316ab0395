"""`python -m cnncli` and the console script `cnn`."""

from cnncli.cli.main import cli


def main() -> None:
    """Runs the command line and ends the program with its status."""
    cli(prog_name="cnn")


if __name__ == "__main__":
    main()
