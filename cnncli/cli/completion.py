"""`cnn completion`: the script with which a shell completes what is typed after `cnn`."""

import os
import sys
from contextlib import suppress

import click
from click.shell_completion import (
    BashComplete,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    get_completion_class,
    shell_complete,
)

PROGRAM = "cnn"
VARIABLE = "_CNN_COMPLETE"
"""Where a shell says which shell it is, when it asks."""
SHELLS = ("bash", "zsh", "fish")


@add_completion_class
class _Bash(BashComplete):
    """Lists folders beside what is offered, and writes no space after a key's `=`."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' completion
    COMPREPLY=()
    for completion in $(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \\
            %(complete_var)s=bash_complete "$1" 2>/dev/null); do
        case $completion in
            dir,*) compopt -o plusdirs ;;
            file,*) compopt -o default ;;
            plain,*=) compopt -o nospace; COMPREPLY+=("${completion#plain,}") ;;
            plain,*) COMPREPLY+=("${completion#plain,}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


@add_completion_class
class _Zsh(ZshComplete):
    """Writes no space after a key's `=`."""

    source_template = ZshComplete.source_template.replace(
        "compadd -U -V unsorted -a completions",
        'compadd -S "${${completions[1]:#*=}:+ }" -U -V unsorted -a completions',
    )


@add_completion_class
class _Fish(FishComplete):
    """Splits what is offered at the first comma alone: others are of columns, or of a help."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script with which a shell completes commands, options and values.

    Values are configurations, layers of --explain, columns, data sets, and keys of --set. The
    script asks `cnn` at every Tab, so it need not be renewed with it.

    \\b
    cnn completion bash >> ~/.bashrc
    cnn completion zsh >> ~/.zshrc
    cnn completion fish > ~/.config/fish/completions/cnn.fish
    """
    from .echo import echo_commands
    from .main import cli

    found = get_completion_class(shell)
    assert found is not None
    echo_commands(ShellComplete.source(found(cli, {}, PROGRAM, VARIABLE)))


def answer() -> None:
    """Answers a shell that asks what may come next; whatever goes wrong, with nothing.

    Standard error is the terminal on which somebody types, so nothing is written to it.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    from .main import cli

    with suppress(Exception):
        shell_complete(cli, {}, PROGRAM, VARIABLE, os.environ[VARIABLE])
        sys.stdout.flush()
