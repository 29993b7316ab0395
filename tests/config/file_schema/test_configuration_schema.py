"""The schema of configurations: it accepts each of them, and refuses what form alone can tell."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from cnncli.check.check import check_text
from cnncli.config.file_schema.configuration_schema import configuration_schema
from cnncli.config.network.names import find_key, positional_key, usual_names
from cnncli.config.source_text.source import decode
from cnncli.config.source_text.values import parse
from cnncli.layers import families
from cnncli.problems import ConfigError, Problems
from cnncli.shipped.folders import SCHEMA
from cnncli.text import ForeignPath
from tests.cli.commands import call
from tests.config.file_schema.faulty_files import FAULTS
from tests.docs.pages import PAGES
from tests.docs.test_pages import blocks
from tests.docs.transcripts import ROOT
from tests.fuzz.fuzz_seeds import SEEDS

FEWEST = 120
"""Faults that the schema tells."""
FILES = [*ROOT.glob("configs/**/*.yaml"), *ROOT.glob("tests/**/*.yaml")]
EXAMPLES = [
    pytest.param(block, id=f"{page.relative_to(ROOT).as_posix()}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page.read_text(), "yaml"))
    if re.search(r"^(architecture|blocks):", block, re.MULTILINE)
    and not block.startswith(("# keras.yaml", "# wrong.yaml"))
]


@pytest.fixture(scope="module")
def schema():
    return configuration_schema()


@pytest.fixture(scope="module")
def judge(schema):
    """What is wrong with a file by the schema; nothing where it is no YAML that has values."""
    validator = Draft202012Validator(schema)

    def problems(text):
        try:
            value = parse(decode(text.encode(), "f.yaml"), Problems()).value
        except ConfigError:
            return []
        return [error.message for error in validator.iter_errors(value)]

    return problems


def test_it_is_a_schema(schema):
    Draft202012Validator.check_schema(schema)


def test_it_is_small(schema):
    assert len(json.dumps(schema)) < 300_000


def test_the_one_that_is_shipped_is_current(schema):
    assert json.loads(SCHEMA.read_text()) == schema, "run `make pages`"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_are_accepted(path, judge):
    assert judge(path.read_text()) == []


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_pages_are_accepted(text, judge):
    assert judge(text) == []


@pytest.mark.parametrize("number", [0, 2, 3, 4])
def test_every_form_is_accepted(number, judge):
    """But of the one that has an error."""
    assert judge(SEEDS["config"][number].decode()) == []


ODD = (
    "architecture: 'input(8X8x1) – [ Conv3x5-8 (S = 1,P={left: 1, right: 1, top: 2, bottom: 2}) ]"
    "*(1+1)→relu?*2 — fc −10'",
    "architecture:\n- INPUT: 8 x 8 × 1\n- Conv3: {FILTERS: 8}\n- bn\n- FC: 10",
    "architecture:\n- input: 8x8x1\n- [conv: 2*4, [relu, LN]]\n"
    "- {layers: relu -> elu, repeat: '2'}\n"
    "- {fc: input.D//4 + 1, if: input.D > 3 and not off, name: a-b.c_d, from: -1}",
    "architecture: [input: 8x8x1, conv: {bias: Off, P: Same, init: ' Normal( 0.1 ) '}, fc: ]",
    "architecture: [input: 8x8x1, conv: {bias: 3 > 1, K: 'max(3, 4)', P: {left: 2-1}}, fc: ]",
    "architecture: [input: 8x8x1, dropout: 1/3, relu: {}, prelu: {init: 0.1}, fc: ]",
    "variables: {my width: 8}\narchitecture: [input: 8x8x1, conv: my width, fc: ]",
    "blocks:\ndefaults:\nvariables:\nlimits:\ntrain:\nname:\narchitecture: INPUT(8x8x1)-FC-2",
    "defaults: {conv: [8, 2*8], BN: {eps: [1e-5, 1e-6]}, pool: 2, relu: }\n"
    "architecture: INPUT(8x8x1)-CONV-CONV-BN-BN-FC-2",
    "blocks: {é: CONV -> RELU, b: {parameters: , layers: [é, é: {}]}}\n"
    "architecture: INPUT(8x8x1)-[b-b(name=c)?](if=on)*2-FC-2",
    "train:\n  optimizer: SGD\n  schedule: {name: One_Cycle}\n  loss: Focal\n  average:\n"
    "  early_stopping:\n  on_divergence: ROLLBACK\n  class_weights: balanced\n  groups: []\n"
    "  start: {run: a, skip: []}\narchitecture: INPUT(8x8x1)-FC-2",
    "train: {optimizer: {momentum: 0.5}, schedule: {end: 0}, loss: {label_smoothing: 0},"
    " on_divergence: {}, average: EMA, start: runs/a}\narchitecture: INPUT(8x8x1)-FC-2",
    "data: {name: digits, augment: [flip, crop: 1, cutout: {}, flip: ], views: [], mean: 0.5,"
    " std: [1], validation: 0.5, normalise: yes}\narchitecture: INPUT-FC",
    "limits: {parameters: ' 1.5 M', macs: 1e6, activations: 1kib, train_memory: '5'}\n"
    "architecture: INPUT(8x8x1)-FC-2",
)
"""Forms that are seldom written, and right."""


@pytest.mark.parametrize("text", ODD)
def test_odd_forms_are_accepted(text, judge):
    assert check_text(text, ForeignPath("f.yaml")).spec is not None
    assert [p for p in check_text(text, ForeignPath("f.yaml")).problems if p.is_error] == []
    assert judge(text) == []


@pytest.mark.parametrize("name", usual_names())
def test_layers_and_their_keys_in_any_case(name, judge):
    family = families()[name]
    for word in family.spelling.names:
        for key in (*family.spelling.synonyms, *family.__dataclass_fields__):
            for spelled in (key, key.upper(), key.capitalize()):
                if find_key(family, spelled):
                    layer = f"{word.title()}: {{{spelled}: 1 + 1}}"
                    assert judge(f"architecture: [input: 8x8x1, {layer}]") == [], layer
        numbers = [f"{word}3x1"] if family.spelling.size_suffix else []
        for layer in (word, *numbers, f"{word.lower()}: ", f"{word}: {{}}"):
            assert judge(f"architecture: [input: 8x8x1, {layer}]") == [], layer
        assert judge(f"architecture: INPUT(8x8x1) -> {word.lower()}(name=a)?*2 -> FC") == []
        if not positional_key(family):
            assert judge(f"architecture: [input: 8x8x1, {word}: 2]") != []


@pytest.mark.parametrize("fault", FAULTS, ids=range(len(FAULTS)))
def test_faults(fault, judge, tmp_path):
    """A fault is one for `cnn shapes` too."""
    file = tmp_path / "f.yaml"
    file.write_text(fault.text)
    assert call("shapes", file, "--quiet").exit_code in (1, 2), fault.text
    assert (judge(fault.text) == []) == bool(fault.reason), fault.text


def test_most_faults_are_told():
    assert len(FAULTS) >= 200
    assert sum(not fault.reason for fault in FAULTS) >= FEWEST
