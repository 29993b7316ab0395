"""Configurations as texts: loaded, or the problems that they have."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cnncli.config.load import load
from cnncli.config.specification import Specification
from cnncli.problems import ConfigError


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Specification]:
    """read(text, *overrides): the specification."""
    path = tmp_path_factory.mktemp("spec") / "f.yaml"

    def read_text(text: str | bytes, *overrides: str) -> Specification:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(path, overrides)

    return read_text


@pytest.fixture(scope="session")
def problems(read: Callable[..., Specification]) -> Callable[..., list[str]]:
    """problems(text, *overrides): the texts of all problems, with the file called f.yaml."""

    def texts(text: str | bytes, *overrides: str) -> list[str]:
        try:
            problems = read(text, *overrides).problems
        except ConfigError as error:
            problems = error.problems
        found = []
        for problem in problems:
            folder = Path(problem.place.file).parent
            found.append(str(problem).removeprefix(f"{folder}/"))
        return found

    return texts


@pytest.fixture(scope="session")
def layers(read: Callable[..., Specification]) -> Callable[..., list[object]]:
    """layers(architecture, rest): the layers, where there are no problems."""

    def chain(architecture: str, rest: str = "") -> list[object]:
        spec = read(f"architecture: {architecture}\n{rest}")
        spec.check()
        return [layer.layer for layer in spec.layers]

    return chain
