"""The parts of a step for programs: JSON."""

import json
from typing import Any

from .breakdown import Breakdown, Pace, Part


def timing_json(file: str, name: str, found: Breakdown) -> str:
    """One object; times are medians in milliseconds, speeds are in GFLOP/s."""
    whole = found.total()
    result = {
        "file": file,
        "name": name,
        "training": found.trains,
        "images": found.images,
        "threads": found.threads,
        "steps": len(found.timing.step),
        "ceiling_gflops": found.timing.ceiling / 1e9,
        "images_per_second": found.images_per_second,
        "layers": [_layer(part, found) for part in found.layers()],
        **{part.name: _part(part, found) for part in found.others()},
        "total": {**_part(whole, found), **_paces(whole, found)},
    }
    return json.dumps(result, indent=2, ensure_ascii=False)


def _layer(part: Part, found: Breakdown) -> dict[str, Any]:
    assert part.node is not None
    return {
        "name": part.name,
        "kind": part.node.layer.kind,
        "output": list(part.node.out_shape),
        "algorithm": found.algorithms.get(part.name),
        **_part(part, found),
        **_paces(part, found),
    }


def _part(part: Part, found: Breakdown) -> dict[str, Any]:
    low, high = part.quartiles
    return {
        "ms": 1000 * part.seconds,
        "quartiles_ms": [1000 * low, 1000 * high],
        "share": found.share(part),
    }


def _paces(part: Part, found: Breakdown) -> dict[str, Any]:
    return {
        "forward": _pace(part.forward, found.timing.ceiling),
        "backward": _pace(part.backward, found.timing.ceiling),
    }


def _pace(pace: Pace | None, ceiling: float) -> dict[str, Any] | None:
    """None where there is no such pass."""
    return pace and {
        "ms": 1000 * pace.seconds,
        "gflops": pace.rate and pace.rate / 1e9,
        "of_ceiling": pace.rate and pace.rate / ceiling,
    }
