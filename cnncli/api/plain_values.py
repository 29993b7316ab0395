"""Values from Python in a configuration, as the texts that all configurations are made of."""

import os
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from cnncli.config.source_text.dump import flow
from cnncli.errors import UsageError

Overrides = Mapping[str, Any] | Sequence[str] | str
"""Values by their paths, {"train.epochs": 5}, or one or several texts as after --set."""


def override_texts(values: Overrides) -> list[str]:
    """Texts that `--set` takes."""
    if isinstance(values, str):
        return [values]
    if not isinstance(values, Mapping):
        return list(values)
    plain = {key: plain_value(value) for key, value in values.items()}
    return [f"{key}={'null' if value is None else flow(value)}" for key, value in plain.items()]


def yaml_text(configuration: Mapping[str, Any]) -> str:
    """The text of a configuration. Raises UsageError for values that YAML has no form for."""
    import yaml

    plain = plain_value(configuration)
    try:
        text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    except yaml.YAMLError as error:
        raise UsageError(f"the dictionary holds what YAML has no form for: {error}") from None
    return text


def plain_value(value: Any) -> Any:
    """The value with NumPy's numbers, arrays and paths as those that YAML has a form for."""
    match value:
        case bool() | str() | None:
            return value
        case Mapping():
            return {plain_value(key): plain_value(each) for key, each in value.items()}
        case list() | tuple():
            return [plain_value(each) for each in value]
        case os.PathLike():
            return os.fspath(value)
        case Integral():
            return int(value)
        case Real():
            return float(value)
    return plain_value(value.tolist()) if hasattr(value, "tolist") else value
