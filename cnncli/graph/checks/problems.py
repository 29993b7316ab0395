"""Problems at their place: a layer says what is wrong, the graph says where."""

from typing import Literal

from cnncli.config.specification import LayerSpec
from cnncli.errors import Fix, Problem


def problem_at(
    written: LayerSpec,
    message: str,
    field: str | None = None,
    severity: Literal["error", "warning"] = "error",
    fixes: tuple[Fix, ...] = (),
) -> Problem:
    """A problem of one layer, at the value of its hyperparameter `field` where that is given."""
    place = written.places.get(field, written.place) if field else written.place
    named = written.path.endswith(written.name)
    path = written.path if named else f"{written.path} {written.name!r}"
    return Problem(place, path, message, severity, written.name, fixes)
