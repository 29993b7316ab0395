"""The reference of sweep files, generated from the schemas."""

from cnncli.config.reference import keys_table
from cnncli.schema.describe import summary_text
from cnncli.schema.kinds import kinds

from .pruning.halving import Pruner
from .sampling.search import Sampler
from .sweep_spec import Budget, SweepFile


def sweep_reference() -> str:
    """Markdown: every key of a sweep file, what it means and accepts, and its default."""
    parts = [keys_table(SweepFile), "### `budget`", keys_table(Budget)]
    for section, base in (("sampler", Sampler), ("pruner", Pruner)):
        for name, kind in sorted(kinds(base).items()):
            parts += [f"### `{section}`: {name}", summary_text(kind), keys_table(kind)]
    return "\n\n".join(part for part in parts if part) + "\n"
