"""Training from Python: what `cnn train` does."""

from pathlib import Path

from cnncli.check.result import Checked
from cnncli.training.tools.launch import launch

from .notices import Notices
from .run import Run


def train(
    checked: Checked,
    *,
    out: Path | None,
    max_steps: int | None,
    resume: bool,
    download: bool,
    bar: bool,
) -> Run:
    """Trains and opens the run; raises as `Network.train` says."""
    spec, graph = checked.trainable()
    notices = Notices(bar=bar)
    for problem in checked.problems:
        notices.warn(f"warning: {problem}")
    result = launch(
        spec, graph, out, notices, resume=resume, max_steps=max_steps, download=download
    )
    assert result.directory
    return Run(result.directory)
