"""The coverage-guided fuzzer: `python -m tests.fuzz.fuzz_forever TARGET... --seconds 600`.

Each target runs in a process of its own. What it finds is left in .fuzz/TARGET-crash-*; put such a
file into tests/fuzz/corpus/TARGET once the fault is mended. Needs atheris (`make fuzz`).
"""

import argparse
import math
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.calibration import MOST, smallest_command

HERE = Path(__file__).parent
FOUND = Path(".fuzz")
INSTRUMENTED = ["cnncli", "yaml", "zipfile", "gzip", "PIL"]
"""What the fuzzer sees the branches of; compiled code is not among it."""
MOST_MEMORY = 512
"""MiB of the whole process."""
SLOWER = 2
"""How many times as long as elsewhere an input may take here, where the code is instrumented."""


def main() -> int:
    """Fuzzes the targets one after another; the status says whether one was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="all of them, unless some are named")
    parser.add_argument("--seconds", type=int, default=600, help="of each target")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        fuzz(options.inside, options.seconds)
    broken = []
    for target in options.targets or names():
        command = [sys.executable, "-m", "tests.fuzz.fuzz_forever", "--inside", target]
        command += ["--seconds", str(options.seconds)]
        if subprocess.run(command).returncode:
            broken.append(target)
    print(f"broken: {', '.join(broken)}" if broken else "nothing found")
    return int(bool(broken))


def names() -> list[str]:
    """Every target, by the files that it begins with."""
    from tests.fuzz.fuzz_seeds import SEEDS

    return list(SEEDS)


def fuzz(name: str, seconds: int) -> None:
    """Runs one target for that long; ends the process."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from PIL import Image

        from tests.fuzz.fuzz_targets import TARGETS

        Image.init()
        target = TARGETS[name]
    from tests.fuzz.fuzz_seeds import SEEDS

    corpus = FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    kept = HERE / "corpus" / name
    folder = Path(tempfile.mkdtemp(prefix="cnncli-fuzz-"))
    arguments = [
        sys.argv[0],
        str(corpus),
        *([str(kept)] if kept.is_dir() else []),
        f"-max_total_time={seconds}",
        f"-timeout={math.ceil(SLOWER * MOST * smallest_command())}",
        f"-rss_limit_mb={MOST_MEMORY}",
        f"-artifact_prefix={FOUND / name}-",
        f"-max_len={max(4096, *(2 * len(seed) for seed in SEEDS[name]))}",
        "-print_final_stats=1",
    ]
    atheris.Setup(arguments, lambda content: target(content, folder))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
