import math

import pytest

from cnncli.config.source_text.scalars import resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("010", 10),
        ("9223372036854775807", 2**63 - 1),
        ("10000000000000000000", 1e19),
        ("1e-3", 0.001),
        ("5E4", 50000.0),
        (".5", 0.5),
        ("3.", 3.0),
        ("-.inf", -math.inf),
        pytest.param("9" * 5000, math.inf, id="many digits"),
    ],
)
def test_numbers_and_constants(text, value):
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


def test_nan():
    assert math.isnan(resolve(".nan"))


TEXTS = "no yes on Off y 3:30 2020-01-01 0x1 0x1f 0o7 1_000 1e . --1 3x5 nan inf tRue"


@pytest.mark.parametrize("text", TEXTS.split())
def test_everything_else_is_text(text):
    assert resolve(text) == text
