"""`cnn info`: what this installation computes with, and on."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from cnncli.data.catalogue import store
from cnncli.engine.parallel.blas import core_type, machine_profile
from cnncli.machine import available_memory, machine_memory
from cnncli.text import ForeignPath, bytes_text, count, json_text, printable
from cnncli.training.storage.directory import RUNS
from cnncli.training.storage.environment import extras, machine, versions, warnings

from .echo import echo, show
from .styles import notices


@click.command("info")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def info(as_json: bool) -> None:
    """Show versions, cores, memory and folders, and warn of what is known to go wrong.

    The same versions, processor and number of threads give the same bits; another NumPy or BLAS, or
    another kind of processor may round otherwise.

    \b
    cnn info
    cnn info --json
    """
    memory = machine_memory(), available_memory()
    found = {
        "versions": versions(),
        "extras": extras(),
        "machine": machine(),
        "profile": asdict(machine_profile()),
        "memory": memory if all(memory) else None,
        "folders": {
            name: {"path": os.path.realpath(path), "writable": _writable(path)}
            for name, path in (("data", store()), ("runs", RUNS))
        },
        "warnings": warnings(),
    }
    if as_json:
        echo(json_text(found))
    else:
        show(_text(found), notices)


def _text(found: dict[str, Any]) -> str:
    made_with, on = found["versions"], found["machine"]
    blas = [
        f"{library['internal_api']} {library['version']} for {library['architecture']}"
        for library in made_with["blas"]
    ]
    lines = [
        f"cnncli   {made_with['cnncli']}",
        f"Python   {made_with['python']}",
        f"NumPy    {made_with['numpy']}, {' and '.join(blas) or 'BLAS unknown'}",
        *(f"{name:<9}{number or 'not installed'}" for name, number in found["extras"].items()),
        f"system   {on['system']}, {count(on['cores'], 'core')}",
    ]
    if found["memory"]:
        whole, free = map(bytes_text, found["memory"])
        lines.append(f"memory   {whole}, {free} available")
    core = core_type() or "unknown"
    lines.append(f"profile  {found['profile']['name']}, for BLAS's core type {core}")
    for name, folder in found["folders"].items():
        state = "can be written to" if folder["writable"] else "cannot be written to"
        lines.append(f"{name:<9}{printable(folder['path'])}, {state}")
    return "\n".join([*lines, *(f"warning: {warning}" for warning in found["warnings"])])


def _writable(path: Path) -> bool:
    """Whether files can be made there, in a folder that may have to be made first."""
    there = ForeignPath(os.path.realpath(path))
    while not os.path.exists(there) and there != there.parent:
        there = there.parent
    return os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)
