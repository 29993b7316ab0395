"""The pages of the documentation, and the parts of them that are generated.

A part stands between `<!-- generated: WHAT -->` and `<!-- end -->`. WHAT is a command of `cnn`,
whose output is shown, or the name of a table. Run as a script (`make pages`), this renews every
part of every page, and the schema of configurations that is shipped.
"""

import re
from collections.abc import Callable
from functools import partial

from benchmarks.node_model import same_batch, same_work
from cnncli.config.file_schema.configuration_schema import configuration_schema
from cnncli.config.reference import reference
from cnncli.shipped.folders import SCHEMA
from cnncli.sweep.sweep_reference import sweep_reference
from cnncli.text import json_text
from tests.docs.action_inputs import action_inputs
from tests.docs.case_studies import case_studies, networks
from tests.docs.command_help import command_help
from tests.docs.exchange_tables import agreement, module, operators
from tests.docs.launcher_tables import signals, statuses
from tests.docs.measured_tables import (
    accuracy,
    accuracy_by_run,
    curve,
    fine_tuning,
    fine_tuning_file,
    memory,
    ranks,
    single_layers,
    starters,
)
from tests.docs.rooms import rooms
from tests.docs.target_tables import all_steps, ceilings, evaluation, peaks, roofline, steps
from tests.docs.transcripts import ROOT, Transcripts

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("data/README.md"),
        *ROOT.glob("examples/*.md"),
        *ROOT.glob("data/digits/*.md"),
    ]
)


def _reference() -> str:
    """The reference with its headings a level up, as it has a page of its own."""
    return re.sub(r"^#(#+ )", r"\1", reference(), flags=re.MULTILINE)


TABLES: dict[str, Callable[[], str]] = {
    "reference": _reference,
    "sweep files": sweep_reference,
    "commands": command_help,
    "inputs of the action": action_inputs,
    "rooms": rooms,
    "case studies": case_studies,
    "networks": networks,
    "accuracy": accuracy,
    "accuracy of each run": accuracy_by_run,
    "learning curve": curve,
    "training step": steps,
    "training step of each network": all_steps,
    "class scores": evaluation,
    "peak memory": peaks,
    "training by kind": partial(roofline, "training"),
    "scores by kind": partial(roofline, "forward"),
    "ceilings": ceilings,
    "single layers": single_layers,
    "memory": memory,
    "starters": starters,
    "signals of launchers": signals,
    "statuses of launchers": statuses,
    "sums over ranks": ranks,
    "nodes with the same work": lambda: "\n".join(same_work()),
    "nodes with the same batch": lambda: "\n".join(same_batch()),
    "fine-tuning": fine_tuning,
    "a PyTorch module": module,
    "operators of ONNX": operators,
    "agreement with ONNX Runtime": agreement,
    "eight classes": partial(fine_tuning_file, "eight.yaml"),
    "two classes": partial(fine_tuning_file, "two.yaml"),
}
_PART = re.compile(r"(<!-- generated: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def render(page: str) -> str:
    """The page with each part between its two comments as it should be now."""
    with Transcripts(page) as transcripts:
        return _PART.sub(lambda p: p[1] + _part(p[2], p[3], transcripts) + p[4], page)


def _part(what: str, before: str, transcripts: Transcripts) -> str:
    if what in TABLES:
        return f"\n{TABLES[what]().strip()}\n\n"
    return transcripts.of(what, before)


if __name__ == "__main__":
    for file in PAGES:
        file.write_text(render(file.read_text()))
    SCHEMA.write_text(f"{json_text(configuration_schema(), indent=0)}\n")
