"""The same work done by us and by PyTorch in its float32 modes."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph

from .agreement import images
from .networks import SGD, Step, training_step
from .translation import Translation


class Mode(NamedTuple):
    """How PyTorch computes: in which order of memory, and whether the module is compiled."""

    order: torch.memory_format
    compiled: bool = False


EAGER = {
    "PyTorch NCHW": Mode(torch.contiguous_format),
    "PyTorch channels_last": Mode(torch.channels_last),
}
COMPILED = {"PyTorch compiled": Mode(torch.channels_last, compiled=True)}
ONNX_RUNTIME = "ONNX Runtime"
SAME_SCORES = 1e-4
"""Of two sides in float32: shares of the L2 norm."""


def training(
    graph: Graph, engine: Engine, batch: Prepared, modes: dict[str, Mode]
) -> dict[str, Step]:
    """Forward, backward, SGD with momentum."""
    theirs = {name: pytorch_training(graph, engine, batch, mode) for name, mode in modes.items()}
    return {"cnn": training_step(engine, batch), **theirs}


def forward(
    graph: Graph, engine: Engine, batch: Prepared, modes: dict[str, Mode]
) -> dict[str, Step]:
    """Scores in evaluation mode, without gradients."""
    theirs = {name: _pytorch_forward(graph, engine, batch, mode) for name, mode in modes.items()}
    return {"cnn": lambda: engine.scores(batch), **theirs}


def pytorch_training(graph: Graph, engine: Engine, batch: Prepared, mode: Mode) -> Step:
    """PyTorch's training step with a copy of the engine's weights."""
    module, run, x = _prepared(graph, engine, batch, mode)
    labels = torch.tensor(batch.labels)
    optimizer = torch.optim.SGD(module.parameters(), SGD.lr, SGD.momentum)

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(run(x), labels).backward()
        optimizer.step()

    return step


def _pytorch_forward(graph: Graph, engine: Engine, batch: Prepared, mode: Mode) -> Step:
    module, run, x = _prepared(graph, engine, batch, mode)
    module.eval()

    def step() -> None:
        with torch.no_grad():
            run(x)

    return step


def _prepared(
    graph: Graph, engine: Engine, batch: Prepared, mode: Mode
) -> tuple[Translation, Callable[[torch.Tensor], torch.Tensor], torch.Tensor]:
    """The module, what is called in its place, and the images."""
    module = Translation(graph, engine).to(memory_format=mode.order)
    run = torch.compile(module) if mode.compiled else module
    return module, run, images(batch).contiguous(memory_format=mode.order)


def onnx_runtime(graph: Graph, engine: Engine, batch: Prepared, threads: int) -> Step:
    """ONNX Runtime's CPU provider with the network that PyTorch exports.

    Raises ImportError where it is not installed.
    """
    import onnxruntime
    import onnxscript  # noqa: F401  # which the exporter needs

    x = images(batch)
    module = Translation(graph, engine).eval()
    with torch.no_grad():
        program = torch.onnx.export(module, (x,), dynamo=True, verbose=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        program.model_proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = {session.get_inputs()[0].name: x.numpy()}
    (scores,) = session.run(None, feed)
    error = np.linalg.norm(scores - engine.scores(batch)) / np.linalg.norm(scores)
    assert error < SAME_SCORES, f"the scores of ONNX Runtime are {error:.1e} of the L2 norm apart"
    return lambda: session.run(None, feed)
