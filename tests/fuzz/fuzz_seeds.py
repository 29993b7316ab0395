"""Valid files of every format that is read: what the mutations begin with."""

import gzip
import io
import struct
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from cnncli.training.state import Progress
from cnncli.training.storage.checkpoint import Checkpoint, DataUsed
from tests.datasets.data_files import binary, idx_bytes

_RNG = np.random.default_rng(0)
IMAGES = _RNG.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
LABELS = np.array([3, 9])

_FULL = """\
name: cifar
data: {name: cifar10, stand_in: patterns, validation: 5000, augment: [flip, {crop: 4}]}
variables: {N: 2, POOL: on}
blocks:
  res: {parameters: {K: 8}, layers: [{conv: {K: K, F: 3}}, bn, relu, {add: , from: [-1, input]}]}
architecture: INPUT -> [[CONV -> BN -> RELU]*N -> POOL?]*2 -> res(K=64) -> FC
defaults:
  conv: &conv {K: [32, 64, 64, 64], F: 3}
train:
  epochs: 10
  batch_size: 128
  loss: {name: softmax, label_smoothing: 0.1}
  optimizer: {name: sgd, lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 5e-4}
  schedule: {name: one-cycle, warmup: 0.2}
limits: {parameters: 1e6, train_memory: 512 MiB}
"""
_LIST = """\
fit: crop
architecture:
  - input: 32x32x3
  - &c conv: {filters: 8, size: 3x5, pad: {left: 1, right: 2, top: 1, bottom: 2}}
    name: first
  - {repeat: 2, layers: [*c, relu, "CONV3-8(S=2, init=normal(0.01))"]}
  - pool: {F: global}
    from: first
  - {<<: *c, name: other}
  - concat:
    from: [-1, first]
  - fc: 10
"""
_SIZES = """\
variables: {width: 0.5, gate: on}
blocks:
  res:
    parameters: {K: , S: 1, t: input.D/8}
    layers:
      - CONV1(K=t*input.D, if=t > 1) -> BN(if=t > 1) -> RELU6(if=gate)
      - CONV3(groups=depthwise, S=S, P=same) -> CONV1(K=round8(width*K), name=main)
      - {conv: {K: input.D}, name: short, from: input, if: S > 1 and not K < input.D // 2}
      - ADD(from=[main, short], if=S == 1 and round8(width*K) == input.D)
architecture:
  - INPUT(16x16x16) -> [CONV3-8](if=input.W > 8)*2
  - res: {K: 16, S: 1}
  - {layers: [relu, fc: input.W*input.H], if: input.D != 3}
  - fc: 10
"""
_ARITHMETIC = """\
variables: {width: 1.5, C: width*32, half: C/2, N: 2, POOL: N > 1}
defaults: {conv: {bias: C < 16, F: "max(C-47, 1)"}}
blocks:
  b: {parameters: {K: , D: 4*K, E: D+C/2}, layers: [conv: D, "[CONV(K=floor(E/2))]*(N)"]}
  o: {parameters: {K: C, L: K}, layers: [b: {K: 3*K}, b: {K: L}]}
architecture:
  - INPUT(40x40x3) -> CONV3(K=C) -> BN -> RELU
  - "[CONV3(K=half) -> RELU -> POOL?]*(ceil(N*2)-1)"
  - {conv: {K: round8(width*50), F: 3}, repeat: 2*2 - 1}
  - b(K=4) -> o -> o(K=C-1, L=2) -> FC-10
"""
_PATTERNS = (
    "INPUT -> [[CONV -> RELU]*2 -> POOL?]*3 -> [FC -> RELU]*1 -> FC",
    "INPUT(32x32x3)-CONV3-64(S=2, P={left: 1, right: 0})-RELU—POOL(F=2)→FC-256-FC",
    "input-conv(name=a)-relu(from=a)-add(from=[a, -1])-fc(init='normal(0.1)')",
)
_SWEEPS = (
    """\
base: digits
set: {data.validation: 0.1, train.epochs: 2}
space:
  train.optimizer: [{name: sgd, momentum: 0.9}, adamw]
  train.optimizer.lr: {log: [1e-3, 1], points: 5}
  train.optimizer.weight_decay: {log: [1e-5, 1e-2], if: train.optimizer.name = adamw}
  train.mixup: {range: [0, 0.5], step: 0.1, if: ['train.optimizer.lr < 0.1', 'N in [1, 2]']}
  N: {integers: [1, 64], log: true}
sampler: {quasi: {seed: 3}}
budget: {trials: 30, hours: 8}
pruner: {halving: {factor: 3, epochs: 2}}
""",
    "base: digits\nsampler: grid\nspace: {a: {integers: [1, 9], step: 2}, b: [1, [x], {c: 3}]}\n",
    "method: bayes\nparameters: {a: {min: 1, max: 3, distribution: log_uniform_values}}\n",
)
_SETS = (
    "train.epochs=5",
    "train.optimizer={name: adam, lr: 1e-3}",
    "train.class_weights={cat: 1, ship: 19}",
    "train.start={run: runs/a-1, rename: {'old.*': 'new.*', conv1: first}, skip: [BN, fc1.W]}",
    "architecture.1.conv.K=64",
    "defaults.conv={K: 3, F: [3, 5]}",
    "data.augment.1.crop=2",
)


def _arrays() -> dict[str, np.ndarray]:
    return {"x_train": IMAGES[:, :4, :4], "y_train": np.array([0, 1]), "x_test": IMAGES[:, :4, :4],
            "y_test": np.array([1, 0])}  # fmt: skip


def _npz() -> list[bytes]:
    plain, packed, one = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez(plain, **_arrays())
    np.savez_compressed(packed, **_arrays())
    np.save(one, IMAGES[:, :4, :4])
    return [plain.getvalue(), packed.getvalue(), one.getvalue(), *_other_npz()]


def _other_npz() -> list[bytes]:
    """Floats with rows for labels, numbers of 16 bits with names, masks with unnamed columns."""
    small, found = IMAGES[:, :4, :4], []
    for unnamed, named in (
        ((), {"x": (small / 255).astype(np.float32), "y": np.eye(2, dtype=np.uint8)}),
        ((), {"train_images": 257 * small.astype(np.uint16), "train_labels": ["cat", "dog"]}),
        ((small.transpose(0, 3, 1, 2) > 9, np.array([[b"a"], [b"b"]])), {}),
    ):
        stream = io.BytesIO()
        np.savez(stream, *unnamed, **named)
        found.append(stream.getvalue())
    return found


def _images() -> list[bytes]:
    colour = Image.fromarray(IMAGES[0, :5, :7])
    found = []
    for form in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"):
        for mode in ("RGB", "L", "P", "1", "RGBA") if form in ("PNG", "TIFF") else ("RGB", "L"):
            stream = io.BytesIO()
            colour.convert(mode).save(stream, form)
            found.append(stream.getvalue())
    turned, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    colour.save(turned, "JPEG", exif=exif)
    deep = io.BytesIO()
    Image.fromarray(IMAGES[0, :5, :7, 0].astype(np.uint16) * 99).save(deep, "PNG", transparency=99)
    texts = [b"P2 # three\n3 1 9\n1 2 9", b"P3\n1 1 255\n1 2 3", b"P5 2 1 999 \1\2\3\4"]
    return [*found, turned.getvalue(), deep.getvalue(), *texts]


def _checkpoint() -> bytes:
    data = DataUsed("digits", "0a" * 32, None, ("cat", "dog"), (1.5,), (2.5,))
    shapes = {"parameters/fc1.W": (6, 2), "parameters/fc1.b": (2,), "slots/velocity": (14,)}
    arrays = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    checkpoint = Checkpoint("architecture: INPUT(3x2x1)-FC-2", data, Progress(7), arrays)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "last.safetensors"
        checkpoint.save(path)
        return path.read_bytes()


def _header_and_arrays(checkpoint: bytes) -> bytes:
    (length,) = struct.unpack("<Q", checkpoint[:8])
    return checkpoint[8 : 8 + length].strip() + b"\n" + checkpoint[8 + length :]


_TABLES = (
    "file,label\n" + "a.png,cat\na.png,dog\n" * 5,
    "Image;Class;Split\r\n./a.png;cat;train\r\na.png;'b';Test\r\n\"a.png\";cat;val\r\n",
    "label,pixel0,pixel1,pixel2,pixel3\n" + "7,0,255,3,4\n3,0,0,0,0\n" * 5,
    "pixel1,pixel2,pixel3,label,split\n1,2,3,a,train\n4,5,6,a,test\n",
)

SEEDS = {
    "config": [
        text.encode()
        for text in (_FULL, _LIST, _SIZES, _ARITHMETIC, "data: cifar10\narchitecture: INPUT-FC\n")
    ],
    "pattern": [text.encode() for text in _PATTERNS],
    "set": [text.encode() for text in _SETS],
    "sweep": [text.encode() for text in _SWEEPS],
    "idx": [
        idx_bytes(IMAGES[:, :5, :4]),
        idx_bytes(IMAGES[:, :5, :4, 0]),
        idx_bytes(LABELS.astype(np.uint8)),
        gzip.compress(idx_bytes(IMAGES[:, :2, :2]), mtime=0),
    ],
    "cifar-binary": [binary(IMAGES, LABELS), binary(IMAGES, LABELS, b"\1")],
    "npz": _npz(),
    "csv": [text.encode() for text in _TABLES],
    "image": _images(),
    "checkpoint": [_checkpoint()],
    "forged": [_header_and_arrays(_checkpoint())],
}  # fmt: skip
"""By target: valid files, the simplest first."""
