"""What commands do not import: how fast they start, without a clock."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = """
import json, sys
from contextlib import suppress
from cnncli.__main__ import main
sys.argv = ["cnn", *{arguments}]
with suppress(SystemExit):
    main()
{after}
sys.stderr.write(json.dumps([*sys.modules]))
"""


def modules(*arguments, after=""):
    """What is imported when a command has ended."""
    code = RUN.format(arguments=arguments, after=after)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr))


def below(found, *packages):
    """Those of the modules that are in the packages, or are these."""
    return {name for name in found for p in packages if name == p or name.startswith(f"{p}.")}


def test_help_imports_neither_configurations_nor_what_words_errors():
    found = modules("-h")
    ours = below(found, "cnncli")
    assert len(ours) <= 20
    assert not below(found, "numpy", "pydantic_core", "yaml", "dataclasses", "traceback")
    assert not ours & {"cnncli.problems", "cnncli.text", "cnncli.cli.echo", "cnncli.cli.shapes"}


@pytest.mark.parametrize("command", [["shapes"], ["shapes", "--json"], ["graph"]], ids=" ".join)
def test_a_network_is_described_by_what_its_file_uses(command):
    """It has no section `data`, and six kinds of layers."""
    found = modules(*command, "configs/vgg16.yaml")
    assert not below(found, "numpy", "pydantic", "annotated_types", "tqdm", "tempfile", "html")
    assert not below(found, "cnncli.config.data", "cnncli.datasets", "cnncli.data.catalogue")
    assert not below(
        found, "cnncli.transforms", "cnncli.training.run", "cnncli.graph.checks.repair"
    )
    unused = ("adaptive_pool", "group_normalization", "local", "rearrange", "transposed_conv")
    assert not below(found, *(f"cnncli.layers.{name}" for name in unused))


def test_schemas_are_built_for_what_a_file_uses():
    """INPUT, CONV, RELU, POOL, FC, DROPOUT, and the section `train`."""
    after = (
        "from cnncli.schema.core_schema import serializer, validator\n"
        "assert validator.cache_info().currsize == 7\n"
        "assert serializer.cache_info().currsize == 0\n"
    )
    modules("shapes", "configs/vgg16.yaml", after=after)
