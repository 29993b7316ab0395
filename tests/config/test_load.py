import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.data import DataSpec
from cnncli.config.load import load
from cnncli.config.train import TrainSpec
from cnncli.errors import UsageError
from cnncli.optim.losses import Hinge
from cnncli.optim.schedules import Cosine, OneCycle
from cnncli.optim.sgd_adam import Sgd
from cnncli.problems import ConfigError
from cnncli.transforms.augmentations import Crop, Flip
from tests.messages import error_text

NET = "architecture: INPUT-FC\n"


def test_the_shortest_file(read):
    spec = read(NET)
    assert (spec.name, spec.data, spec.fit, spec.train) == ("f", None, "strict", TrainSpec())
    assert spec.problems == ()


def test_a_fuller_file(read):
    spec = read(
        "name: cifar\n"
        "data: {name: cifar10, stand_in: patterns, validation: 5000, augment: [flip, {crop: 4}]}\n"
        "architecture: INPUT -> [[CONV -> BN -> RELU]*2 -> POOL]*3 -> FC\n"
        "defaults:\n"
        "  conv: {K: [32, 32, 64, 64, 128, 128], F: 3}\n"
        "fit: crop\n"
        "train:\n"
        "  epochs: 10\n"
        "  optimizer: {name: sgd, lr: 0.05, momentum: 0.9, nesterov: true, weight_decay: 5e-4}\n"
        "  schedule: {name: one_cycle, warmup: 0.2}\n"
        "  loss: SVM\n"
    )
    assert spec.problems == ()
    assert (spec.name, spec.fit, len(spec.layers)) == ("cifar", "crop", 23)
    assert spec.data == DataSpec(
        name="cifar10", stand_in="patterns", validation=5000, augment=(Flip(), Crop(pad=4))
    )
    assert spec.train == TrainSpec(
        optimizer=Sgd(lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4),
        schedule=OneCycle(warmup=0.2),
        loss=Hinge(),
    )


def test_keys_without_a_name_change_the_default(read):
    spec = read(f"{NET}train: {{optimizer: {{lr: 0.5}}, schedule: {{warmup: 0.1}}}}\n")
    spec.check()
    assert spec.train.optimizer == Sgd(lr=0.5, momentum=0.9)
    assert spec.train.schedule == Cosine(warmup=0.1)


def test_all_problems_at_once_in_the_order_of_the_file(problems):
    text = (
        "nam: x\n"
        "architecture: INPUT-CONV(K=0)-DENSE\n"
        "train: {epochs: 0, sed: 1, optimizer: {name: sgd, lr: -1}}\n"
        "fit: croop\n"
        "limits: {flops: 3, train_memory: 2 apples}\n"
        "epochs: 3\n"
    )
    assert problems(text) == [
        "f.yaml:1:1: nam: unknown key 'nam'; did you mean name?",
        "f.yaml:2:28: architecture: conv1: K must be at least 1, not 0",
        "f.yaml:2:31: architecture: unknown layer 'DENSE'; here it is called FC",
        "f.yaml:3:17: train.epochs: epochs must be at least 1, not 0",
        "f.yaml:3:20: train.sed: unknown key 'sed'; did you mean seed?",
        "f.yaml:3:55: train.optimizer.lr: lr must be greater than 0, not -1",
        "f.yaml:4:6: fit: fit must be strict, crop or pad, not 'croop'; did you mean crop?",
        "f.yaml:5:10: limits.flops: unknown key 'flops'; the keys here are parameters, macs, "
        "training_macs, activations and train_memory",
        "f.yaml:5:34: limits.train_memory: train_memory must be a number of bytes, or a size like "
        "512 MiB or 2 GB, not '2 apples'",
        "f.yaml:6:1: epochs: unknown key 'epochs'; it belongs in train",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("3", "3; put it in quotes"), ("../x", "'../x'"), ("[a]", "['a']"), ("''", "''")],
)
def test_names_of_runs(problems, name, shown):
    assert problems(f"{NET}name: {name}\n") == [
        f"f.yaml:2:7: name: name must be text of letters, digits, spaces and -_.+, not {shown}"
    ]


def test_the_name_is_the_file_s(tmp_path):
    for file, name in (("vgg.16.yaml", "vgg.16"), ("a:b.yaml", "a-b"), (".yaml", "yaml")):
        path = tmp_path / file
        path.write_text(NET)
        assert load(path).name == name


def test_roots_are_relative_to_the_file_or_the_current_directory(tmp_path, monkeypatch):
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs" / "x.yaml"
    path.write_text(f"data: {{name: npz, root: ../data/x.npz}}\n{NET}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for shown in (path, Path("../configs/x.yaml")):
        assert load(shown).data.root == tmp_path / "data" / "x.npz"
        assert load(shown, ["data.root=y"]).data.root == tmp_path / "elsewhere" / "y"
        assert load(shown).file == str(shown)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(path, ["data.root=~/y"]).data.root == tmp_path / "y"


def test_files_that_can_not_be_read(tmp_path):
    for path, message in {
        tmp_path / "no.yaml": "there is no such file",
        tmp_path: "this is a directory, not a configuration file",
        Path("a\0b"): "the file cannot be read: embedded null byte",
    }.items():
        assert error_text(UsageError, load, path) == f"{path}: {message}"


SIGNS = r"""
    architecture data train defaults variables fit name optimizer schedule loss augment conv fc
    K F P N input relu repeat layers CONV RELU POOL? sgd adam flip 3 0 -1 .5 true no ~ 32x32x3
    &a *a << !!str ' " | > # % @ [ ] { } ( ) *2 *N - -> → ? = , \u0000
"""
FIELDS = """
    name K F P conv fc input repeat layers lr optimizer schedule loss at flip crop epochs init
    normal early_stopping metric root validation augment N POOL
"""
WORDS = st.sampled_from([*SIGNS.split(), " ", ":", "\t", "\u2028", "\\"])
TEXTS = st.lists(
    st.one_of(WORDS, st.sampled_from([": ", "\n", "\n  ", "\n  - ", " "])), max_size=40
).map("".join)
VALUES = st.recursive(
    st.sampled_from(["3", "0", "-1", "0.5", "x", "sgd", "~", "no", "conv", "CONV3-6-FC", "3x5"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
        st.dictionaries(
            st.sampled_from(FIELDS.split()),
            inner,
            max_size=3,
        ).map(lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs.items()) + "}"),
    ),
    max_leaves=8,
)
KEYS = ("architecture", "data", "train", "defaults", "variables", "fit", "name")
SECTIONS = st.dictionaries(st.sampled_from(KEYS), VALUES).map(
    lambda values: "".join(f"{key}: {value}\n" for key, value in values.items())
)
PATTERNS = TEXTS.map(lambda text: f"architecture: {text}")


@pytest.mark.parametrize("contents", [TEXTS | PATTERNS | st.text() | st.binary(), SECTIONS])
def test_any_content_gives_a_specification_or_problems(read, contents):
    @given(contents)
    def check(text):
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        try:
            spec = read(content)
        except ConfigError:
            return
        assert spec.layers or spec.problems

    check()


def test_loading_imports_no_more_than_it_uses():
    code = "import sys, cnncli.config.load; print({'numpy', 'click', 'difflib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
