"""Training from Python: what `cnn train` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.training.tools.launch import launch

from .notices import Notices
from .run import Run

if TYPE_CHECKING:
    from .network import Network


def train(
    network: Network,
    overrides: Sequence[str],
    *,
    out: Path | None,
    max_steps: int | None,
    resume: bool,
    download: bool,
    bar: bool,
) -> Run:
    """Trains and opens the run; raises as `Network.train` says."""
    checked = network.check(overrides, needs_data=True)
    spec, graph = checked.trainable()
    notices = Notices(bar=bar)
    for problem in checked.problems:
        notices.warn(f"warning: {problem}")
    result = launch(
        spec, graph, out, notices, resume=resume, max_steps=max_steps, download=download
    )
    assert result.directory
    return Run(result.directory)
