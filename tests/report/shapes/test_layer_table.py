from cnncli.check.result import Checked, Step
from cnncli.config.specification import LayerSpec, Specification
from cnncli.config.train import TrainSpec
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.costs.memory import StepMemory
from cnncli.graph.network import Graph
from cnncli.layers.conv import Conv
from cnncli.layers.fc import Fc
from cnncli.layers.input import Input
from cnncli.problems import Place, Problem
from cnncli.report.shapes.layer_table import layer_table, report


def checked(*layers, step=None, problems=()) -> Checked:
    names = [layer.kind.lower() for layer in layers]
    inputs = [(), *((name,) for name in names)]
    specs = tuple(
        LayerSpec(layer.kind, name, layer, "layers", Place("net.yaml", line, 1), inputs=read)
        for line, (layer, name, read) in enumerate(zip(layers, names, inputs, strict=False), 1)
    )
    spec = Specification("net.yaml", "net", None, specs, "strict", TrainSpec(), problems, {})
    graph = build(spec, None, None)
    return Checked("net.yaml", graph.problems, spec, graph, step)


VALID = """\
net.yaml: net, 9x5x3 -> 1,000 scores, valid

                                  output              without  multiply-               receptive
layer  kind   hyperparameters  W x H x D  parameters  sharing       adds  activations      field
-----  -----  ---------------  ---------  ----------  -------  ---------  -----------  ---------
input  INPUT  size=9x5x3           9x5x3           0        0          0        540 B        1x1
conv   CONV   K=2 F=3 S=1 P=1      9x5x2          56    2,520      2,430        360 B        3x3
fc     FC     K=1000            1x1x1000      91,000   91,000     90,000     3.91 KiB        9x5
-----  -----  ---------------  ---------  ----------  -------  ---------  -----------  ---------
total                                         91,056   93,520     92,430     4.79 KiB

memory of one training step with 16 images on 1 thread: 1 MiB
  parameters 1 KiB, gradients 1 KiB, optimizer 0 B, activations 1 MiB, \
workspace 512 B"""


def test_a_valid_network():
    step = Step(16, 1, StepMemory(1024, 1024, 0, 2**20, 512))
    network = (Input(size=Volume(9, 5, 3)), Conv(K=2), Fc(K=1000))
    assert report(checked(*network, step=step)) == VALID


def test_what_can_not_be_told_is_a_question_mark():
    unknown = LayerSpec("CONVV", "convv1", None, "layers", Place("net.yaml", 2, 1))
    spec = Specification("net.yaml", "net", None, (unknown,), "strict", TrainSpec(), (), {})
    lines = layer_table(spec, Graph((), "", (), ("convv1",))).splitlines()
    assert lines[3].split() == ["convv1", "CONVV", *7 * ["?"]]
    assert lines[-1].split() == ["total", *4 * ["?"]]


def test_other_columns():
    lines = report(checked(Input(size=Volume(9, 5, 3)), Fc(K=2)), ("layer", "im2row")).splitlines()
    assert lines[2:] == ["layer  im2row", "-----  ------", "input", "fc      135x1"]


def test_a_file_that_could_not_be_read():
    problem = Problem(Place("net.yaml", 1, 1), "", "this is no mapping")
    assert report(Checked("net.yaml", [problem])) == "net.yaml: could not be read"


def test_no_layers():
    assert report(checked()) == "net.yaml: net, valid"
