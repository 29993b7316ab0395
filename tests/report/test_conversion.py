"""The lines that tell what a conversion changed."""

from pathlib import Path

from cnncli.config.load import load_text
from cnncli.geometry import Extent
from cnncli.graph.build import build
from cnncli.graph.rewrite.enlarge import enlarge
from cnncli.graph.rewrite.fc_conv import fc_to_conv
from cnncli.report.conversion import conversion_text


def test_every_kind_of_change():
    text = "architecture: INPUT(8x6x1) -> POOL -> FLATTEN -> FC-5 -> RELU -> FC-3 -> SOFTMAX"
    spec = load_text(text, Path("net.yaml"))
    conversion = fc_to_conv(spec, build(spec, None, None))
    graph = build(conversion.spec, None, None)
    shown = conversion_text(conversion.changes, graph)
    assert shown.splitlines() == [
        "flatten1: FLATTEN on 4x3x1 -> left out",
        "fc1: FC K=5 on 4x3x1 -> CONV K=5 F=4x3 S=1 P=0",
        "fc2: FC K=3 on 1x1x5 -> CONV K=3 F=1 S=1 P=0",
        "softmax1: SOFTMAX on 1x1x3 -> left out",
        "83 parameters; 8x6x1 images give one place of 3 scores",
    ]
    _, larger = enlarge(conversion.spec, graph, Extent(10, 6))
    assert conversion_text((), larger) == (
        "83 parameters; 10x6x1 images give 2x1 places of 3 scores, stride 2"
    )
