"""What people get wrong in configurations, and whether a JSON Schema can say so; if not, why not.

A fault is the text of a file, or of the part that is wrong in an otherwise sound one. What no
schema can say stands with its reason.
"""

from typing import NamedTuple

WHOLE = "a whole number may be written with a point in JSON"
ENDLESS = "infinity is a number"
NAMED = "where there are variables, a text may be the name of one"
CALLED = "where there are blocks, a word may be the name of one"
INSIDE = "it stands in the text of a pattern, of which a regular expression sees the words alone"
COMPUTED = "it is an expression, whose value a schema does not compute"
FITTING = "it follows from the sizes of what a layer reads"
ELSEWHERE = "it depends on what is written elsewhere"
FILES = "it depends on other files"
TWICE = "the same key by two of its names"
NO_YAML = "it is no YAML, or none that is read here"


class Fault(NamedTuple):
    """The text of a file; `reason`: why no schema can refuse it, and empty where ours does."""

    text: str
    reason: str = ""


FILE = (
    "architecure: INPUT(8x8x1) -> CONV -> FC-10",
    "Architecture: INPUT(8x8x1) -> CONV -> FC-10",
    "network: INPUT(8x8x1) -> CONV -> FC-10",
    "layers: [input: 8x8x1, conv: 32, fc: 10]",
    "data: cifar10\ntrain: {epochs: 10}",
    "architecture:",
    "architecture: 5",
    "architecture: []",
    "architecture: ''",
    "architecture: {input: 8x8x1, conv: 32, fc: 10}",
    "[input: 8x8x1, conv: 32, fc: 10]",
    "INPUT(8x8x1) -> CONV -> FC-10",
)

BESIDE = """
name: 5
name: [my, net]
name: nets/small
fit: same
fit: Crop
fit: true
epochs: 10
optimizer: adam
loss: softmax
train: 10
train: [epochs, 10]
variables: [N, 3]
variables: 3
defaults: conv
limits: 1M
"""

DATA = """
cifar
CIFAR10
cifar-10
5
[cifar10]
{root: pictures}
{name: cifar10, path: ../data}
{name: cifar10, validation: -1}
{name: cifar10, validation: 10%}
{name: cifar10, validation: 1.5}
{name: cifar10, validation_split: 0.1}
{name: cifar10, fold: 3}
{name: cifar10, fold: 0/5}
{name: cifar10, limit: 0}
{name: cifar10, augment: flip}
{name: cifar10, augment: [rotate]}
{name: cifar10, augment: [{crop: large}]}
{name: cifar10, augment: [{crop: 4, flip: 0.5}]}
{name: cifar10, augment: [{crop: {padding: 4}}]}
{name: cifar10, augment: [{flip: 2}]}
{name: cifar10, augment: [{cutout: 0}]}
{name: cifar10, augment: {flip: 0.5}}
{name: cifar10, views: [crop]}
{name: cifar10, views: [{shift: 0}]}
{name: cifar10, normalize: false}
{name: cifar10, normalise: maybe}
{name: cifar10, mean: 127}
{name: cifar10, mean: [125.3, 123.0, 113.9]}
{name: cifar10, mean: [0.5, black, 0.5]}
{name: cifar10, std: 0}
{name: folder, root: pictures, size: 32}
{name: folder, root: pictures, size: 32x32}
{name: folder, root: pictures, size: [32, 32, 3]}
{name: folder, root: pictures, resize: fit}
{name: folder, root: pictures, damaged: ignore}
{name: folder, root: pictures, background: [0, 0, 0]}
{name: folder, root: ''}
{name: npz, root: a.npz, layout: hwc}
{name: npz, root: a.npz, classes: cat}
{name: npz, root: a.npz, classes: [0, 1]}
{name: cifar10, sampler: weighted}
{name: cifar10, stand_in: noise}
{name: folder, root: pictures, memory: 1GB}
"""

TRAIN = """
epochs: 0
epochs: -5
epochs: ten
epochs: 1.5
epochs: '10'
epoch: 10
batchsize: 64
batch-size: 64
batch_size: 0
seed: -1
seed: random
threads: 0
threads: all
kernels: fast
last_batch: keep
accumulate: 0
lr: 0.1
learning_rate: 0.1
momentum: 0.9
optimizer: sdg
optimizer: rmsprop
optimizer: [sgd]
optimizer: {type: sgd, lr: 0.1}
optimizer: {name: sgd, learning_rate: 0.1}
optimizer: {lr: -0.1}
optimizer: {lr: 0}
optimizer: {lr: '0.1'}
optimizer: {lr: 1e-3x}
optimizer: {momentum: 1}
optimizer: {momentun: 0.9}
optimizer: {nesterov: maybe}
optimizer: {weight_decay: -1e-4}
optimizer: {name: adam, momentum: 0.9}
optimizer: {name: adam, betas: [0.9, 0.999]}
optimizer: {name: adamw, beta1: 1}
optimizer: {beta1: 0.9}
optimizer: {name: muon, others: adam}
schedule: linear
schedule: {name: step}
schedule: {name: step, every: 0}
schedule: {name: step, every: 5, gamma: 0.1}
schedule: {name: step, every: 5, factor: 2}
schedule: {name: multistep}
schedule: {name: multistep, at: []}
schedule: {name: multistep, at: 30}
schedule: {name: multistep, at: [30, -60]}
schedule: {name: cosine, warmup: 1.2}
schedule: {warmup: 5}
schedule: {name: exponential, factor: 0}
loss: mse
loss: {name: softmax, label_smoothing: 1}
loss: {smoothing: 0.1}
loss: {name: svm, margin: 0}
loss: {name: focal, gamma: -1}
class_weights: auto
class_weights: {cat: heavy}
class_weights: {cat: 0}
class_weights: [1, 19]
init: zeros
init: normal
init: {normal: -0.1}
init: identity
start: {from: runs/a}
start: {rename: {a: b}}
start: {run: runs/a, normalise: batch}
mixup: 1.5
mixup: yes
groups: {layers: BN, lr: 2}
groups: [BN]
groups: [{layer: BN, lr: 2}]
groups: [{layers: [], lr: 2}]
groups: [{layers: BN, lr: -1}]
groups: [{layers: BN, until: 0}]
average: swa
average: {decay: 0.99}
average: {name: ema, decay: 1}
clip_norm: 0
clip_norm: none
on_divergence: restart
on_divergence: {name: rollback, factor: 0}
on_divergence: {factor: 0.5}
early_stopping: 5
early_stopping: {patience: 0}
early_stopping: {mode: lower}
early_stopping: {monitor: validation_loss}
best: accuracy
log_every: 0
"""

LIMITS = """
parameters: 0
parameters: 5 MB
parameters: lots
params: 1M
macs: -1
activations: 2 gigabytes
memory: 2 GiB
parameters: 1.5
"""

ITEM = """
covn: 32
conv: {KK: 32}
conv: {kernel_size: 3}
conv: {padding: same}
conv: {activation: relu}
conv: {K: 0}
conv: {K: -3}
conv: {K: 1.5}
conv: {K: '64'}
conv: {K: many}
conv: 0
conv: [32]
conv: {F: 0}
conv: {F: [3, 3]}
conv: {F: '(3, 3)'}
conv: {F: 3x3x3}
conv: {S: 0}
conv: {P: -1}
conv: {P: valid}
conv: {P: [1, 1]}
conv: {P: {l: 1}}
conv: {P: {left: -1}}
conv: {bias: maybe}
conv: {bias: 2}
conv: {groups: 0}
conv: {groups: all}
conv: {init: zeros}
conv: {fit: floor}
conv: {dilation: 0}
Conv2D: {K: 32}
pool: {K: 32}
pool: {mode: avg}
pool: {F: average}
pool: max
MaxPool: 2
fc: {F: 3}
fc: ten
dense: 10
relu: {slope: 0.1}
leakyrelu: {slope: 2}
dropout: 1
dropout: {rate: 50%}
dropout: {p: -0.1}
batchnorm: {momentum: 0}
batchnorm: {affine: true}
upsample: {mode: bicubic}
pad: {mode: mirror}
split: {part: half}
lrn: {n: 0}
groupnorm: {groups: 0}
{conv: 32, relu: }
{conv: , K: 32}
name: first
repeat: 2
{conv: 32, repeat: -1}
{conv: 32, repeat: 1.5}
{conv: 32, repeat: twice}
{conv: 32, from: 0}
{conv: 32, from: []}
{conv: 32, name: 3}
{conv: 32, name: my layer}
{conv: 32, name: input}
{conv: 32, if: 3}
{conv: 32, if: S = 1}
{layers: [conv, relu], name: pair}
{layers: [], repeat: 2}
[]
32
CONVV -> RELU
CONV, RELU
"""

PATTERN = """
INPUT(8x8x1) -> CONVV -> FC-10
INPUT(8x8x1), CONV, FC-10
INPUT(8x8x1) > CONV > FC-10
INPUT(8x8x1) -> -> FC-10
INPUT(8x8x1) -> CONV ->
-> CONV -> FC-10
INPUT(8x8x1) -> Conv2D -> FC-10
INPUT(8x8x1) -> CONV3x64 64 -> FC-10
INPUT(8x8x1) -> DENSE-10
INPUT(8x8x1) -> RELU3 -> FC-10
INPUT(8x8x1) -> [CONV -> RELU]x3 -> FC-10
INPUT(8x8x1) -> [CONV -> RELU]*N -> FC-10
INPUT(8x8x1) -> []*3 -> FC-10
INPUT(8x8x1) -> 64 -> FC-10
INPUT(8x8x1) -> CONV(3 -> FC-10
INPUT(8x8x1) -> CONV{3} -> FC-10
INPUT(8x8x1) + CONV + FC-10
"""

DEFAULTS = """
convv: {K: 32}
conv: {KK: 32}
conv: {K: 0}
conv: {K: [32, many]}
conv: {K: [0]}
relu: 3
pool: {mode: avg}
"""

BLOCKS = """
conv: CONV -> RELU
my-unit: CONV -> RELU
unit:
unit: []
unit: 5
unit: {layers: CONV -> RELU, params: [K]}
unit: {parameters: {K: 32}}
unit: {parameters: K, layers: CONV(K=K)}
unit: {parameters: [2K], layers: CONV}
from: []
from: 5
"""

UNSAID = {
    WHOLE: [
        "train: {epochs: 10.0}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
        "architecture: [input: 8x8x1, conv: {K: 32.0}, fc: 10]\n",
        "architecture: [input: 8x8x1, conv: {F: 3.0}, fc: 10]\n",
    ],
    ENDLESS: [
        "train: {optimizer: {lr: .inf}}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
        "train: {clip_norm: .inf}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
    ],
    NAMED: [
        "variables: {N: 2}\narchitecture: [input: 8x8x1, {conv: {K: many}, repeat: N}, fc: 10]\n",
        "variables: {N: 2}\narchitecture: [input: 8x8x1, {pool: {mode: avg}, repeat: N}, fc: 10]\n",
        "variables: {N: 2}\narchitecture: INPUT(8x8x1) -> [CONV -> RELU]*M -> FC-10\n",
    ],
    CALLED: [
        "blocks: {unit: CONV -> RELU}\narchitecture: INPUT(8x8x1) -> untt -> FC-10\n",
        "blocks: {unit: CONV -> RELU}\narchitecture: [input: 8x8x1, covn: 32, unit, fc: 10]\n",
        "blocks: {unit: CONVV -> RELU}\narchitecture: INPUT(8x8x1) -> unit -> FC-10\n",
    ],
    INSIDE: [
        "architecture: INPUT(8x8x1) -> CONV(KK=32) -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV(K=0) -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV(K=many) -> FC-10\n",
        "architecture: INPUT(8x8) -> CONV -> FC-10\n",
        "architecture: INPUT(8x8x1) -> [CONV -> RELU*2 -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV -> RELU]*2 -> FC-10\n",
        "architecture: INPUT(8x8x1) -> POOL(max) -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV(3=F) -> FC-10\n",
    ],
    COMPUTED: [
        "architecture: [input: 8x8x1, conv: {K: 3-5}, fc: 10]\n",
        "architecture: [input: 8x8x1, conv: {K: 5/2}, fc: 10]\n",
        "architecture: [input: 8x8x1, split: {channels: 0-57}, fc: 10]\n",
    ],
    FITTING: [
        "architecture: INPUT(8x8x1) -> POOL(F=3, S=2) -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV(F=11, P=0) -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV(F=4) -> FC-10\n",
        "architecture: INPUT(8x8x1) -> CONV(groups=3) -> FC-10\n",
        "architecture: INPUT -> CONV -> FC-10\n",
        "architecture: [input: 8x8x1, conv: 32, add: , fc: 10]\n",
        "architecture: [input: 8x8x1, split: , fc: 10]\n",
    ],
    ELSEWHERE: [
        "architecture: [input: 8x8x1, {conv: 32, from: first}, fc: 10]\n",
        "architecture: [input: 8x8x1, {conv: 3, name: a}, {conv: 3, name: a}, fc: 10]\n",
        "architecture: CONV -> FC-10\n",
        "defaults: {conv: {K: [32, 64]}}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
        "variables: {N: M, M: N}\narchitecture: INPUT(8x8x1) -> [CONV]*N -> FC-10\n",
        "variables: {N: 2 +}\narchitecture: INPUT(8x8x1) -> [CONV]*N -> FC-10\n",
        "data: {name: cifar10, fold: 6/5}\narchitecture: INPUT -> CONV -> FC\n",
        "data: {name: folder, root: a, group: (}\narchitecture: INPUT -> CONV -> FC\n",
        "train: {start: {run: a, rename: {a.*: b}}}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
        "blocks: {a: b, b: a}\narchitecture: INPUT(8x8x1) -> a -> FC-10\n",
        "blocks: {a: {parameters: [K], layers: CONV(K=K)}}\n"
        "architecture: INPUT(8x8x1) -> a -> FC-10\n",
        "blocks: {a: {parameters: {K: 3}, layers: CONV(K=K)}}\n"
        "architecture: INPUT(8x8x1) -> a(D=3) -> FC-10\n",
        "limits: {parameters: 10}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
    ],
    FILES: [
        "blocks: {from: none.yaml}\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
    ],
    TWICE: [
        "architecture: [input: 8x8x1, conv: {K: 32, filters: 32}, fc: 10]\n",
        "architecture: [input: 8x8x1, conv: {K: 32, k: 64}, fc: 10]\n",
    ],
    NO_YAML: [
        "architecture: INPUT(8x8x1) -> CONV -> FC-10\narchitecture: INPUT(8x8x1) -> FC-10\n",
        "architecture: [INPUT(8x8x1) -> CONV -> FC-10\n",
        "train:\n\tepochs: 3\narchitecture: INPUT(8x8x1) -> CONV -> FC-10\n",
    ],
}
"""Files, by why no schema refuses them."""


def _all() -> list[Fault]:
    sound = "architecture: INPUT(8x8x1) -> CONV -> FC-10"
    texts = [*FILE]
    texts += [f"{line}\n{sound}" for line in _lines(BESIDE)]
    texts += [f"data: {line}\narchitecture: INPUT -> CONV -> FC" for line in _lines(DATA)]
    sections = {"train": TRAIN, "limits": LIMITS, "defaults": DEFAULTS, "blocks": BLOCKS}
    for section, lines in sections.items():
        texts += [f"{section}:\n  {line}\n{sound}" for line in _lines(lines)]
    layers = [f"  - input: 8x8x1\n  - {line}\n  - fc: 10" for line in _lines(ITEM)]
    texts += [f"architecture:\n{text}" for text in layers]
    texts += [f"architecture: {line}" for line in _lines(PATTERN)]
    unsaid = [Fault(text, reason) for reason, files in UNSAID.items() for text in files]
    return [Fault(f"{text}\n") for text in texts] + unsaid


def _lines(texts: str) -> list[str]:
    return texts.strip("\n").split("\n")


FAULTS = _all()
