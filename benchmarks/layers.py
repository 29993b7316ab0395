"""The networks layer by layer: what `cnn time` prints."""

import subprocess
import sys
from collections.abc import Iterator

from .networks import CONFIGS
from .options import Options


def layers(options: Options) -> Iterator[str]:
    """One table for each network, in a process of its own."""
    yield "## Layer by layer"
    for name in options.networks:
        arguments = {"batch": options.batch, "threads": options.threads, "steps": options.rounds}
        given = [f"--{key}={value}" for key, value in arguments.items()]
        command = [sys.executable, "-m", "cnncli", "time", f"configs/{name}.yaml", *given]
        result = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=CONFIGS.parent
        )
        yield ""
        yield f"```console\n$ cnn time configs/{name}.yaml {' '.join(given)}\n{result.stdout}```"
