"""What yaml-language-server offers and says by our schema, without a network."""

import shutil
from contextlib import chdir

import pytest

from tests.cli.commands import succeed
from tests.config.file_schema.language_client import LanguageClient
from tests.docs.transcripts import ROOT

pytestmark = pytest.mark.editor

CONFIGS = sorted(ROOT.glob("configs/**/*.yaml"))


@pytest.fixture(scope="module")
def client():
    program = shutil.which("yaml-language-server")
    assert program, "`make editor` installs it"
    client = LanguageClient(program, "--stdio")
    yield client
    client.close()


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A configuration that `cnn init` has written, and its first line."""
    folder = tmp_path_factory.mktemp("here")
    with chdir(folder):
        succeed("init")
    text = (folder / "digits.yaml").read_text()
    return folder, text, text.splitlines()[0] + "\n"


@pytest.fixture
def opened(client, begun, request):
    """opened(text): its uri and what is wrong with it; the text has the first line in front."""
    folder, _, first = begun

    def open_text(text):
        uri = (folder / f"{request.node.name}.yaml").as_uri()
        return uri, client.open(uri, first + text)

    return open_text


def at(text):
    """The text without its |, and the line (below the first one) and column of that."""
    before, after = text.split("|")
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n") - 1


def test_nothing_is_wrong_with_what_init_writes(client, begun):
    folder, text, _ = begun
    assert client.open((folder / "digits.yaml").as_uri(), text) == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_nothing_is_wrong_with_what_comes_with_the_program(opened, path):
    assert opened(path.read_text())[1] == []


def test_what_is_wrong_is_said(opened):
    train = "train: {epochs: 0, optimizer: {momentun: 0.9}}"
    _, said = opened(f"{train}\narchitecture: [input: 8x8x1, conv: {{F: 3x3x3}}, fcc: , CONVV]\n")
    assert sorted(said) == [
        "Property fcc is not allowed.",
        "Property momentun is not allowed.",
        "Value is below the minimum of 1.",
        "layers are joined by - or ->, like INPUT -> [CONV3-64 -> RELU]*2 -> POOL -> FC",
        "must be a whole number or WIDTHxHEIGHT",
    ]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("|\n", {"architecture", "data", "train", "limits"}),
        ("data: |\n", {"cifar10", "digits", "folder"}),
        ("train:\n  |\n", {"epochs", "batch_size", "optimizer"}),
        ("train:\n  optimizer: |\n", {"sgd", "adam", "muon"}),
        ("train:\n  optimizer:\n    name: |\n", {"sgd", "adam", "muon"}),
        ("train:\n  optimizer:\n    name: adam\n    |\n", {"lr", "beta1", "weight_decay"}),
        ("architecture:\n  - |\n", {"conv", "relu", "batchnorm", "layers"}),
        ("architecture:\n  - conv:\n      |\n", {"K", "F", "S", "P", "bias"}),
        ("architecture:\n  - pool:\n      mode: |\n", {"max", "average", "L2"}),
        ("variables: {N: 2}\narchitecture:\n  - pool:\n      mode: |\n", {"max", "average", "L2"}),
        ("defaults:\n  conv:\n    |\n", {"K", "F", "S", "P", "bias"}),
        ("blocks:\n  unit:\n    - |\n", {"conv", "relu", "batchnorm", "layers"}),
        ("blocks:\n  unit:\n    - conv:\n        |\n", {"K", "F", "S", "P", "bias"}),
    ],
)
def test_what_may_stand_there_is_offered(client, opened, text, offered):
    text, line, column = at(text)
    uri, _ = opened(text)
    assert offered <= set(client.completion(uri, line, column))


def test_only_keys_of_the_kind_are_offered(client, opened):
    text, line, column = at("train:\n  optimizer:\n    name: adam\n    |\n")
    uri, _ = opened(text)
    assert "momentum" not in client.completion(uri, line, column)


FILTERS = "number of filters (a whole number of at least 1; default 12)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("arch|itecture: INPUT(8x8x1)-FC-2\n", "the layers, as a pattern or a list (required)"),
        ("train:\n  batch|_size: 64\n", "in a step (a whole number of at least 1; default 128)"),
        ("train:\n  opti|mizer: adam\n", "the update rule; keys without a name change the default"),
        ("train: {optimizer: {l|r: 0.1}}\n", "peak (a number greater than 0; default 0.01)"),
        ("architecture:\n  - co|nv: {K: 3}\n", "Convolution: "),
        ("architecture:\n  - Conv: {fil|ters: 3}\n", FILTERS),
        ("variables: {N: 2}\narchitecture:\n  - conv: {K|: N}\n", FILTERS),
        ("blocks:\n  unit:\n    - conv: {K|: 3}\n", FILTERS),
        ("defaults: {conv: {K|: 3}}\n", FILTERS),
    ],
)
def test_what_stands_there_is_explained(client, opened, text, said):
    text, line, column = at(text)
    uri, _ = opened(text)
    assert said in client.hover(uri, line, column)
