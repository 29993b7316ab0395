"""Arithmetic and conditions: what is an expression, what it gives, what is wrong with it."""

import operator
import pickle
from contextlib import suppress
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.config.expression.arithmetic import SizeUnknown
from cnncli.config.expression.expression import condition, parse
from cnncli.config.expression.symbols import ExpressionError
from cnncli.geometry import Volume

SIZE = Volume(14, 7, 96)


@pytest.mark.parametrize(
    "text",
    [
        "3x5", "same", "he", "global", "normal(0.01)", "normal(-1)", "0..57", "1/2", "2/2", "3/2",
        "1/0", "-1", "+3", "1e-3", ".5", "word", "two words", "../a-b", "sqrt(K)", "K = 2", "",
    ],
)  # fmt: skip
def test_usual_texts_are_no_expressions(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4*K", 256),
        ("C/2", Fraction(65, 2)),
        ("2*C/2", 65),
        ("C//2 + C % 2", 33),
        ("-K + 100", 36),
        ("--K", 64),
        ("64/2", 32),
        ("0.1*10", 1),
        ("width*32", 24),
        ("third*3", 1),
        ("half*K", 32),
        ("1e-3*1000", 1),
        ("(K + 1)*2", 130),
        ("2 - 3 - 4", -5),
        ("64/4/2", 8),
        ("round8(width*32)", 24),
        ("round8(1.4*24)", 32),
        ("round8(0.35*32)", 16),
        ("round8(0.1*24)", 8),
        ("round8(0.75*12)", 16),
        ("ceil(1.1*N)", 4),
        ("floor(1.1*N)", 3),
        ("min(K, C, 7)", 7),
        ("max(K, C)", 65),
        ("input.D/4", 24),
        ("input.W*input.H", 98),
        ("K > 1 or C != input.D", True),
        ("K == 64 and C != 65", False),
        ("not K == 64", False),
        ("not not gate", True),
        ("gate and K >= 64", True),
        ("gate == on", True),
        ("gate == 1", True),
        ("flag and gate", False),
        ("K < 64 or yes", True),
        ("True and K <= 64", True),
    ],
)
def test_values(text, value):
    names = {
        "K": 64, "C": 65, "N": 3, "width": 0.75, "third": "1/3", "half": Fraction(1, 2),
        "gate": "on", "flag": False,
    }  # fmt: skip
    expression = parse(text)
    found = expression.value(names, SIZE)
    assert (found, type(found)) == (value, type(value))
    assert pickle.loads(pickle.dumps(expression)) == expression


def test_what_it_mentions():
    expression = parse("S > 1 or max(K, input.D/2) != input.W")
    assert expression.names == {"S", "K"}
    assert expression.sizes == {"D", "W"}
    assert expression.given({"S": 2, "K": 0.5, "other": 1}, SIZE) == (
        "K=0.5, S=2, input.D=96, input.W=14"
    )


def test_a_condition_may_be_a_name_alone():
    assert parse("gate") is None
    assert condition("gate").is_on({"gate": 1}, None)
    assert not condition("gate").is_on({"gate": "off"}, None)


def test_what_is_not_needed_is_not_looked_at():
    assert parse("S > 1 or K != input.D").value({"S": 2}, None) is True
    with pytest.raises(SizeUnknown) as raised:
        parse("S > 1 or K != input.D").value({"S": 1, "K": 1}, None)
    assert str(raised.value) == ("the size of the input, of which input.D is asked, is not known")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("K*", 2, "a value is missing after '*'"),
        ("K*/2", 2, "a value is missing after '*', before '/'"),
        ("K**2", 2, "'**' has no meaning here; a square is written K*K"),
        ("K*2^2", 3, "'^' has no meaning here; a square is written K*K"),
        ("K-2 = 3", 4, "two values are compared with ==, not with ="),
        ("1 < S < 4", 6, "two values are compared at a time; write 1 < S and S < 4"),
        ("K > 1 && S", 6, "'&' has no meaning here; conditions are joined by and, or and not"),
        ("(K*2", 0, "'(' is not closed; add ')'"),
        ("K*2)", 3, "')' closes nothing; remove it"),
        ("K*2, 3", 3, "',' stands between the values of min and max only"),
        ("ceil(K, 2)", 0, "ceil takes one value, not 2"),
        ("2*K if S", 4,
         "an operator is missing before 'if': ==, !=, <=, >=, <, >, +, -, *, /, //, %, and, or "
         "or not"),
        ("2*round9(K)", 2, "unknown function 'round9'; did you mean round8?"),
        ("round(K/2)", 0,
         "unknown function 'round'; floor(x + 1/2) rounds to whole numbers, and round8(x) to "
         "multiples of 8"),
        ("int(K/2)", 0, "unknown function 'int'; floor(x) is the whole number below"),
        ("max(C", 3,
         "'(' is not closed; add ')', and quotes around all where it holds a comma"),
        ("INPUT.D", 0, "unknown size 'INPUT.D'; did you mean input.D?"),
        ("2*sqrt(K)", 2,
         "unknown function 'sqrt'; there are round8, ceil, floor, min and max"),
        ("input.d/2", 0, "unknown size 'input.d'; did you mean input.D?"),
        ("input.K", 0,
         "unknown size 'input.K'; there are input.W, input.H and input.D"),
        ("2*3x3", 2, "'3x3' is no number"),
        ("2*1e999999999", 2, "the number 1e999999999 has more than 100 digits"),
        ("(" * 20 + "K" + ")" * 20, 11, "more than 10 brackets inside each other"),
        ("K+" * 300, 500, "an expression of 600 characters; at most 500 are allowed"),
    ],
)  # fmt: skip
def test_problems_of_syntax(text, offset, message):
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    assert (raised.value.offset, raised.value.message) == (offset, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2*Kernels", "the variable Kernels has no value; did you mean kernels?"),
        ("2*Z", "the variable Z has no value; add variables: {Z: 2}"),
        ("2*F", "F is '3x5', not a number"),
        ("2*L", "L is [1, 2], not a number"),
        ("2*none", "none is empty, not a number"),
        ("2*nan", "nan is nan, not a number"),
        ("2*gate", "gate is on, not a number"),
        ("2*off", "off is no number"),
        ("K/zero", "K/zero divides by zero, which is 0"),
        ("1 + K % 0", "K % 0 divides by 0"),
        ("K and gate", "K is 64, not on or off; compare it, like K > 1"),
        ("not K*2", "K*2 is 128, not on or off; compare it, like K*2 > 1"),
        ("gate > off", "gate is on, not a number"),
        ("*".join(["K"] * 200), "more than 100 digits"),
        ("2*tiny", "tiny has more than 100 digits"),
    ],
)
def test_problems_of_values(text, message):
    names = {
        "K": 64, "kernels": 1, "F": "3x5", "L": [1, 2], "none": None, "nan": float("nan"),
        "gate": "on", "zero": 0, "tiny": 1e-200,
    }  # fmt: skip
    with pytest.raises(ExpressionError) as raised:
        parse(text).value(names, SIZE)
    assert raised.value.message.endswith(message)


def test_signs_in_a_row_take_no_stack():
    deepest = "(" * 10 + "-" * 470 + "K" + ")" * 10
    assert parse(deepest).value({"K": 3}, None) == 3


# An expression is made beside what Python computes with the same fractions.
_NUMBERS = st.integers(0, 40).map(lambda n: (str(n), Fraction(n))) | st.sampled_from(
    [("0.1", Fraction(1, 10)), ("2.5", Fraction(5, 2)), ("K", Fraction(64)), ("w", Fraction(3, 4))]
)
_SIGNS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod,
}  # fmt: skip


def _joined(inner):
    def join(parts):
        (a, x), sign, (b, y) = parts
        if y == 0 and sign in ("/", "//", "%"):
            sign = "+"
        return f"({a}) {sign} ({b})", Fraction(_SIGNS[sign](x, y))

    def call(parts):
        name, (a, x), (b, y) = parts
        if name in ("min", "max"):
            return f"{name}({a}, {b})", {"min": min, "max": max}[name](x, y)
        return f"{name}({a})", Fraction({"ceil": ceil, "floor": floor}[name](x))

    return (
        st.tuples(inner, st.sampled_from(list(_SIGNS)), inner).map(join)
        | st.tuples(st.sampled_from(["min", "max", "ceil", "floor"]), inner, inner).map(call)
        | inner.map(lambda part: (f"-({part[0]})", -part[1]))
    )


@given(st.recursive(_NUMBERS, _joined, max_leaves=6))
@settings(max_examples=300, deadline=None)
def test_the_same_as_exact_arithmetic(made):
    text, value = made
    if text.count("(") <= 10:
        assert condition(text).value({"K": 64, "w": 0.75}, None) == value


@given(st.integers(1, 5000), st.sampled_from([35, 50, 75, 100, 130, 140]))
def test_round8_is_that_of_mobilenet(channels, percent):
    v = channels * percent / 100  # halves and twentieths: exact enough for what is compared
    expected = max(8, int(v + 8 / 2) // 8 * 8)
    if expected < Fraction(channels * percent, 100) * Fraction(9, 10):
        expected += 8
    assert parse("round8(C*p/100)").value({"C": channels, "p": percent}, None) == expected


@given(st.text(alphabet="KS01.59+-*/%<>=!() ,inputDWHorandxeé_^", max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_refused_or_no_expression(text):
    with suppress(ExpressionError):
        if expression := parse(text):
            expression.value({"K": 64, "S": 2}, SIZE)
        condition(text).value({"K": 64, "S": 2}, SIZE)
