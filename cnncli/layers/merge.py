"""What layers with several inputs have in common."""

from .base import LayerError, Shapes


def check_several(kind: str, in_shapes: Shapes) -> None:
    """Raises LayerError for fewer than two inputs."""
    if len(in_shapes) < 2:
        raise LayerError(
            f"{kind} needs two or more inputs, not {len(in_shapes)}.\n"
            f"Name them with from:, like from: [conv1, conv2], in a pattern "
            f"{kind}(from=[conv1, conv2]).",
            assume=in_shapes[0] if in_shapes else None,
        )


def listed(in_shapes: Shapes) -> str:
    """All volumes, in order."""
    return ", ".join(map(str, in_shapes))
