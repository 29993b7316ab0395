"""Every reader takes what is broken: it reads it, or says what is wrong, and nothing else happens.

`make fuzz` does the same with coverage for as long as one likes; what it found is in corpus/.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.fuzz_mutations import mutated
from tests.fuzz.fuzz_seeds import SEEDS
from tests.fuzz.fuzz_targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
EACH = pytest.mark.parametrize("name", TARGETS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def test_every_target_has_seeds_and_cases():
    assert list(SEEDS) == list(TARGETS)
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)


@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_what_was_found_once(path, folder):
    TARGETS[path.parent.name](path.read_bytes(), folder)


@EACH
def test_seeds(name, folder):
    for seed in SEEDS[name]:
        TARGETS[name](seed, folder)


def broken(name):
    return st.binary(max_size=200) | mutated(SEEDS[name])


@EACH
@pytest.mark.parametrize("examples", [150, pytest.param(5_000, marks=pytest.mark.slow)])
def test_broken_content(name, folder, examples):
    @settings(max_examples=examples)
    @given(broken(name))
    def check(content):
        TARGETS[name](content, folder)

    check()
