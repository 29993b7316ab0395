"""What a network that was imported makes of images."""

import numpy as np

from cnncli.data.pipeline import Pipeline
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.kernels.workspace import Workspace


def our_scores(imported, images, kernels="direct"):
    """Of bytes (N, H, W, 3)."""
    graph = imported.graph
    algorithms = {node.name: kernels for node in graph.nodes if node.layer.kind == "CONV"}
    with Engine(
        graph,
        threads=1,
        seed=0,
        algorithms=algorithms if kernels == "direct" else None,
        fork=False,
        is_drawn=False,
    ) as engine:
        for views in (engine.parameters.views, engine.state.views):
            for name, view in views.items():
                view[:] = imported.arrays[name]
        x = Pipeline(imported.stats, (), 0).plain(Workspace(), images)
        return engine.scores(Prepared(x, np.zeros(len(x), np.int64)))
