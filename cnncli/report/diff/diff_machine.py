"""The difference of two networks for programs: JSON."""

import json
from typing import Any

from cnncli.check.result import Checked

from .compare import Change, Comparison


def diff_json(comparison: Comparison) -> str:
    """An object with both files, every layer, and the totals."""
    return json.dumps(
        {
            "before": _file(comparison.before),
            "after": _file(comparison.after),
            "same": comparison.same,
            "layers": [_layer(change) for change in comparison.layers],
            "total": {
                name: {"before": before, "after": after, "difference": after - before}
                for name, (before, after) in comparison.totals.items()
            },
        },
        indent=2,
        ensure_ascii=False,
    )


def _file(checked: Checked) -> dict[str, Any]:
    return {"file": checked.file, "name": checked.spec.name if checked.spec else None}


def _layer(change: Change) -> dict[str, Any]:
    node = change.after or change.before
    assert node is not None
    return {
        "change": change.what,
        "before": change.before.name if change.before else None,
        "after": change.after.name if change.after else None,
        "kind": node.layer.kind,
        "differences": {
            name: {"before": before, "after": after}
            for name, (before, after) in change.differences.items()
        },
    }
