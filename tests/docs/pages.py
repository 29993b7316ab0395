"""The generated parts of README.md: what commands print, and the configuration reference.

Run as a script (`make readme`), this renews them in the file.
"""

import json
import re
from pathlib import Path
from statistics import fmean

from click.testing import CliRunner

from cnncli.cli.main import cli
from cnncli.spec.reference import reference

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
RUNS = ROOT / "benchmarks" / "runs.jsonl"
_PART = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def render(text: str) -> str:
    """The text with each part between its two comments as it should be now."""
    return _PART.sub(lambda found: found[1] + _part(found[2]) + found[3], text)


def _part(what: str) -> str:
    if what == "reference":
        return f"\n{reference().strip()}\n\n"
    if what == "results":
        return f"\n{_results()}\n\n"
    command, *arguments = what.split()
    assert command == "cnn"
    result = CliRunner().invoke(cli, arguments)
    shown = (result.stdout + result.stderr).rstrip().replace(f"{ROOT}/", "")
    return f"```console\n$ {what}\n{shown}\n```\n"


def _results() -> str:
    """The table of whole trainings: of each configuration and seed the newest run."""
    runs = [json.loads(line) for line in RUNS.read_text().splitlines()]
    newest = {(run["config"], run["seed"]): run for run in runs}
    lines = [
        "| configuration | seed | test accuracy | time | commit |",
        "| --- | --- | --- | --- | --- |",
    ]
    for config in dict.fromkeys(run["config"] for run in runs):
        own = [newest[key] for key in sorted(newest) if key[0] == config]
        for run in own:
            minutes, seconds = divmod(round(run["seconds"]), 60)
            taken = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
            cells = (f"`{config}.yaml`", run["seed"], f"{run['accuracy']:.4f}", taken)
            lines.append(f"| {' | '.join(map(str, cells))} | {run['commit']} |")
        mean = fmean(run["accuracy"] for run in own)
        lines.append(f"| `{config}.yaml` | mean | **{mean:.4f}** | | |")
    return "\n".join(lines)


if __name__ == "__main__":
    README.write_text(render(README.read_text()))
