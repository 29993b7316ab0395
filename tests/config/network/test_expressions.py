"""Arithmetic in hyperparameters, uses of blocks, defaults of parameters, variables and repeats."""

import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit


def load(text):
    return load_text(text, Path("f.yaml"))


def depths(text):
    """K of every CONV, of a network without problems."""
    spec = load(text)
    assert spec.problems == ()
    return [layer.layer.K for layer in spec.layers if layer.kind == "CONV"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # in a pattern, in a list, with a key and without
        ("variables: {C: 64}\narchitecture: INPUT(8x8x3)->CONV(K=C)->CONV(K=C/2)->CONV(C//7)->FC-2",
         [64, 32, 9]),
        ("variables: {C: 6}\narchitecture: [input: 8x8x3, conv: 2*C, conv: {K: C % 4}, fc: 2]",
         [12, 2]),
        ("architecture: 'INPUT(8x8x3) -> CONV(K=max(2*3, 5) , F=1) -> FC-2'", [6]),
        # multipliers, exact whatever a float would give
        ("variables: {width: 1.4}\narchitecture: INPUT(8x8x3) -> CONV(K=round8(32*width)) -> FC-2",
         [48]),
        ("variables: {a: 0.1}\narchitecture: INPUT(8x8x3) -> CONV(K=30*a) -> FC-2", [3]),
        ("variables: {C: 3}\narchitecture: INPUT(8x8x3) -> CONV(K=C/3*3 - 1/2 - 1/2) -> FC-2", [2]),
        # parameters of a block, and those that depend on the ones before them
        ("blocks: {b: {parameters: {K: , D: 4*K, E: D+K}, layers: "
         "'CONV(K=K)->CONV(K=D)->CONV(K=E)'}}\n"
         "architecture: INPUT(8x8x3) -> b(K=2) -> b(K=3, D=5) -> FC-2", [2, 8, 10, 3, 5, 8]),
        ("blocks: {b: {parameters: {K: }, layers: CONV(K=K)}}\nvariables: {C: 7}\n"
         "architecture: [input: 8x8x3, b: C+1, b: {K: C-1}, b(C*2), fc: 2]", [8, 6, 14]),
        ("blocks: {b: {parameters: {K: C, L: K}, layers: CONV(K=L)}}\nvariables: {C: 7}\n"
         "architecture: INPUT(8x8x3) -> b -> b(K=2) -> FC-2", [7, 2]),
        ("blocks: {b: {parameters: {C: C}, layers: CONV(K=C)}}\nvariables: {C: 7}\n"
         "architecture: INPUT(8x8x3) -> b -> FC-2", [7]),
        ("blocks:\n  inner: {parameters: {K: }, layers: CONV(K=K/2)}\n"
         "  outer: {parameters: {K: }, layers: [inner: 3*K]}\n"
         "architecture: INPUT(8x8x3) -> outer(K=4) -> FC-2", [6]),
        # a fraction stays exact between blocks
        ("blocks: {b: {parameters: {K: }, layers: CONV(K=3*K)}}\nvariables: {C: 5}\n"
         "architecture: INPUT(8x8x3) -> b(K=C/3) -> FC-2", [5]),
        # variables of others, in any order; names in any case stay those of repeats
        ("variables: {A: 2*B, B: C+1, C: 3}\narchitecture: INPUT(8x8x3) -> CONV(K=A) -> FC-2", [8]),
        ("variables: {A: B, B: 3}\narchitecture: INPUT(8x8x3) -> [CONV(K=A)]*a -> FC-2", [3, 3, 3]),
        # defaults, dealt out too
        ("variables: {C: 4}\ndefaults: {conv: {K: 2*C}}\narchitecture: INPUT(8x8x3)-CONV-CONV-FC-2",
         [8, 8]),
        ("variables: {C: 4}\ndefaults: {conv: {K: [C, C/2]}}\n"
         "architecture: INPUT(8x8x3)-CONV-CONV-FC-2", [4, 2]),
        # repeats
        ("variables: {N: 1.2}\narchitecture: 'INPUT(8x8x3) -> [CONV-5]*(ceil(N*2)) -> FC-2'",
         [5, 5, 5]),
        ("variables: {N: 2}\narchitecture: 'INPUT(8x8x3) -> CONV-5 * ( N+1 ) -> FC-2'", [5] * 3),
        ("variables: {N: 2}\narchitecture: 'INPUT(8x8x3) -> CONV-5 * (N) -> CONV-6 *(2) -> FC-2'",
         [5, 5, 6, 6]),
        ("variables: {N: 2}\narchitecture: [input: 8x8x3, {conv: 5, repeat: 2*N-1}, fc: 2]",
         [5, 5, 5]),
        ("variables: {N: 2}\narchitecture: [input: 8x8x3, {conv: 5, repeat: N-2}, conv: 3, fc: 2]",
         [3]),
        ("blocks: {b: {parameters: {n: 1}, layers: '[CONV-5]*(n*2)'}}\n"
         "architecture: INPUT(8x8x3) -> b(n=2) -> FC-2", [5] * 4),
        # in what a name of a layer or another text of today is, nothing is computed
        ("architecture: INPUT(8x8x3) -> CONV(4, name=a-b) -> CONV(5, from=a-b) -> FC-2", [4, 5]),
    ],
)  # fmt: skip
def test_values(text, expected):
    assert depths(text) == expected


def test_other_types_of_values():
    spec = load(
        "variables: {p: 0.5, on: true, S: 2}\narchitecture: [input: 8x8x3, "
        "conv: {K: 4, S: S, bias: S == 1, F: S+1, P: S-1}, dropout: p/2, fc: 2]\n"
    )
    conv, dropout = spec.layers[1].layer, spec.layers[2].layer
    assert (conv.bias, conv.F, conv.P) == (False, (3, 3), (1, 1, 1, 1))
    assert dropout.rate == 0.25


def test_sides_may_be_computed():
    text = (
        "variables: {a: 1}\n"
        "blocks: {b: {parameters: {P: {left: a, right: 2*a, top: 0, bottom: 3-a}},"
        " layers: CONV-4(P=P)}}\n"
        "architecture: [input: 8x8x3, conv: {K: 4, P: {left: a, right: 2*a, top: 0, bottom: 2}},"
        " 'CONV(K=4, P={left: a, right: 2*a, top: 0, bottom: 3-a})', b, fc: 2]\n"
    )
    spec = load(text)
    assert spec.problems == ()
    assert [layer.layer.P for layer in spec.layers[1:4]] == [(1, 2, 0, 2)] * 3


def test_sides_that_are_wrong():
    found = load(NET % "4, P: {left: input.D, right: 1}").problems
    assert [problem.message for problem in found] == [
        "input.D: a mapping cannot ask for input.D; only layers, uses of blocks and if: can"
    ]


def test_a_fraction_is_a_number_where_one_is_wanted():
    text = (
        "variables: {p: 1/4, n: 1/2}\ndefaults: {dropout: {rate: [1/8, p]}}\n"
        "architecture: INPUT(8x8x4)-SCALE(1/255)-SCALE(p)-DROPOUT-DROPOUT-SPLIT(part=n)-FC-2\n"
    )
    spec = load(text)
    assert spec.problems == ()
    scales = [layer.layer.by for layer in spec.layers if layer.kind == "SCALE"]
    rates = [layer.layer.rate for layer in spec.layers if layer.kind == "DROPOUT"]
    assert (scales, rates) == ([1 / 255, 0.25], [0.125, 0.25])
    assert spec.layers[5].layer.part == (1, 2)


def test_quotes_in_a_pattern():
    """An expression is one there too; the name of a variable is a word, as it always was."""
    text = "variables: {C: 2, he: 3}\narchitecture: INPUT(8x8x3)->CONV(K='max(C, 5)', init='he')"
    spec = load(f"{text}->CONV(K=he)->FC-2")
    assert spec.problems == ()
    assert [layer.layer.K for layer in spec.layers[1:3]] == [5, 3]


def test_switches_may_be_computed():
    text = (
        "variables: {N: NUMBER, POOL: N > 1}\narchitecture: INPUT(8x8x3)->[CONV]*N->POOL?->FC-2\n"
    )
    assert "POOL" in [layer.kind for layer in load(text.replace("NUMBER", "2")).layers]
    assert "POOL" not in [layer.kind for layer in load(text.replace("NUMBER", "1")).layers]


def test_an_expression_of_several_lines_is_told_on_one():
    found = load(
        "variables: {C: 4}\narchitecture:\n- input: 8x8x3\n- conv:\n    K: |\n      C*2\n      /3\n"
        "- fc: 2\n"
    ).problems
    assert [problem.message for problem in found] == [
        "K: C*2 /3 is 8/3 with C=4: not a whole number; round it, like floor(C*2 /3)"
    ]


def test_what_only_others_are_made_of_is_used():
    text = "variables: {A: 2*B, B: 3, X: 2*Y, Y: 1}\narchitecture: INPUT(8x8x3)->CONV(K=A)->FC-2\n"
    assert [str(problem.message) for problem in load(text).problems] == [
        "the variable X is used nowhere in the architecture",
        "the variable Y is used nowhere in the architecture",
    ]


def test_a_parameter_that_only_defaults_ask_for_is_used():
    text = "blocks: {b: {parameters: {K: 2, D: 4*K}, layers: CONV(K=D)}}\narchitecture: "
    assert load(f"{text}INPUT(8x8x3) -> b(D=3) -> b -> FC-2\n").problems == ()


def test_a_block_in_another_is_read_anew_for_other_parameters_around_it():
    """It asks for K, which is the outer block's."""
    assert depths(
        "blocks:\n  inner: {layers: CONV(K=K)}\n  outer: {parameters: [K], layers: [inner]}\n"
        "architecture: INPUT(8x8x3) -> outer(K=4) -> outer(K=8) -> outer(K=4) -> FC-2\n"
    ) == [4, 8, 4]


NET = "architecture: [input: 8x8x3, conv: {K: %s}, fc: 2]\n"
ROUND = "not a whole number; round it, like"
REPEAT = "a repeat must be a whole number from 0 to 5,000"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"variables: {{C: 65}}\n{NET % 'C/2'}",
         f"2:40: architecture[1].conv.K: K: C/2 is 65/2 with C=65: {ROUND} floor(C/2)"),
        (f"{NET % '7/2+1'}",
         f"1:40: architecture[1].conv.K: K: 7/2+1 is 9/2: {ROUND} floor(7/2+1)"),
        (f"variables: {{C: 0.3, D: 2}}\n{NET % 'C*D'}",
         f"2:40: architecture[1].conv.K: K: C*D is 3/5 with C=0.3, D=2: {ROUND} floor(C*D)"),
        (f"variables: {{C: 65}}\n{NET % 'C-65'}",
         "2:40: architecture[1].conv.K: C-65 is 0 with C=65; K must be at least 1, not 0"),
        ("variables: {C: 65}\narchitecture: INPUT(8x8x3) -> CONV(F=3, K=C/2) -> FC-2",
         f"2:43: architecture: conv1: K: C/2 is 65/2 with C=65: {ROUND} floor(C/2)"),
        ("variables: {C: 5}\narchitecture: INPUT(8x8x3) -> CONV(F=C/2) -> FC-2",
         f"2:38: architecture: conv1: F: C/2 is 5/2 with C=5: {ROUND} floor(C/2)"),
        ("variables: {C: 2}\narchitecture: INPUT(8x8x3) -> DROPOUT(C*3) -> FC-2",
         "2:39: architecture: dropout1: C*3 is 6 with C=2; rate must be at least 0 and less than "
         "1, not 6"),
        ("variables: {C: 3}\ndefaults: {conv: {K: [C, C/2]}}\n"
         "architecture: INPUT(8x8x3)-CONV-CONV-FC-2",
         f"2:26: defaults.conv.K[1]: K: C/2 is 3/2 with C=3: {ROUND} floor(C/2)"),
        ("variables: {C: 9, D: C/2}\narchitecture: INPUT(8x8x3) -> CONV(K=D) -> FC-2",
         "2:38: architecture: conv1: K: D is 9/2: not a whole number; round it where it is "
         "computed, or here, like floor(D)"),
        ("blocks: {b: {parameters: {K: }, layers: CONV(K=K)}}\nvariables: {C: 9}\n"
         "architecture: INPUT(8x8x3) -> b(K=C/2) -> FC-2",
         "1:48: blocks.b.layers: b1.conv1: K: K is 9/2: not a whole number; round it where it is "
         "computed, or here, like floor(K)"),
        # names and syntax
        (NET % "4*L",
         "1:42: architecture[1].conv.K: 4*L: the variable L has no value; add variables: {L: 2}"),
        (f"variables: {{width: 2}}\n{NET % '4*widht'}",
         "2:42: architecture[1].conv.K: 4*widht: the variable widht has no value; "
         "did you mean width?"),
        (NET % "4*", "1:42: architecture[1].conv.K: 4*: a value is missing after '*'"),
        (f"variables: {{C: 0}}\n{NET % '4/C'}",
         "2:40: architecture[1].conv.K: 4/C: 4/C divides by C, which is 0"),
        (f"variables: {{C: relu}}\n{NET % '2*C'}",
         "2:42: architecture[1].conv.K: 2*C: C is 'relu', not a number"),
        ("architecture: INPUT(8x8x3) -> CONV(F=3, K= 4*) -> FC-2",
         "1:46: architecture: 4*: a value is missing after '*'"),
        ("defaults: {conv: {K: 2*L}}\narchitecture: INPUT(8x8x3)-CONV-FC-2",
         "1:24: defaults.conv.K: 2*L: the variable L has no value; add variables: {L: 2}"),
        # variables, which are each told once, also where they are used
        (f"variables: {{C: 4*}}\n{NET % 'C'}",
         "1:18: variables.C: 4*: a value is missing after '*'"),
        (f"variables: {{C: 1/0 + 2}}\n{NET % 'C*2'}",
         "1:16: variables.C: 1/0 + 2: 1/0 divides by 0"),
        (f"variables: {{C: D+1, D: 2*C}}\n{NET % 'C*2'}",
         "1:16: variables.C: the variable C is made of itself: C -> D -> C"),
        (f"variables: {{C: C+1}}\n{NET % 'C'}",
         "1:16: variables.C: the variable C is made of itself: C -> C"),
        (f"variables: {{C: input.D}}\n{NET % 'C'}",
         "1:16: variables.C: input.D: a variable cannot ask for input.D; only layers, uses of "
         "blocks and if: can"),
        ("variables: {N: 1/}\narchitecture: 'INPUT(8x8x3)-[CONV]*N-POOL?-FC-2'",
         "1:18: variables.N: 1/: a value is missing after '/'"),
        ("variables: {POOL: 1/}\narchitecture: 'INPUT(8x8x3)-CONV-POOL?-FC-2'",
         "1:21: variables.POOL: 1/: a value is missing after '/'"),
        ("variables: {n: 1/}\narchitecture: 'INPUT(8x8x3)-CONV(name=n)-FC(K=2, from=n)'",
         "1:18: variables.n: 1/: a value is missing after '/'"),
        # defaults of parameters
        ("blocks: {b: {parameters: {D: 4*K, K: 8}, layers: 'CONV(K=D, S=K)'}}\n"
         "architecture: INPUT(8x8x3) -> b -> FC-2",
         "1:32: blocks.b.parameters.D: 4*K: K stands below; write it above D"),
        ("blocks: {b: {parameters: {D: 4*L}, layers: CONV(K=D)}}\n"
         "architecture: INPUT(8x8x3) -> b -> b -> FC-2",
         "1:32: blocks.b.parameters.D: 4*L: the variable L has no value; add variables: {L: 2}"),
        ("blocks: {b: {parameters: {K: }, layers: CONV(K=K)}}\n"
         "architecture: INPUT(8x8x3) -> b(K=4*L) -> FC-2",
         "2:37: architecture: 4*L: the variable L has no value; add variables: {L: 2}"),
        # repeats
        ("variables: {C: 65}\narchitecture: 'INPUT(8x8x3)->[CONV]*(C/2)->FC-2'",
         f"2:37: architecture: {REPEAT}; C/2 is 65/2 with C=65"),
        ("variables: {C: 65}\narchitecture: [input: 8x8x3, {conv: 3, repeat: 1-C}, fc: 2]",
         f"2:48: architecture[1].repeat: {REPEAT}; 1-C is -64 with C=65"),
        ("variables: {N: 2.5}\narchitecture: 'INPUT(8x8x3)->[CONV]*N->FC-2'",
         f"2:37: architecture: {REPEAT}, not N=2.5"),
        ("variables: {M: 5, N: M/2}\narchitecture: 'INPUT(8x8x3)->[CONV]*N->FC-2'",
         f"2:37: architecture: {REPEAT}, not N=5/2"),
        ("architecture: 'INPUT(8x8x3)->[CONV]*(-1)->FC-2'",
         f"1:37: architecture: {REPEAT}, not '-1'"),
        ("architecture: 'INPUT(8x8x3)->[CONV]*(2*)->FC-2'",
         "1:37: architecture: 2*: a value is missing after '*'"),
        ("architecture: 'INPUT(8x8x3)->[CONV]*(input.D)->FC-2'",
         "1:37: architecture: input.D: a repeat cannot ask for input.D; only layers, uses of "
         "blocks and if: can"),
        ("variables: {C: 65}\narchitecture: 'INPUT(8x8x3)->[CONV]*ceil(C/2)->FC-2'",
         "2:37: architecture: a repeat that is computed stands in brackets: *(ceil(C/2))"),
        # what is no expression stays what it was
        ("architecture: [input: 8x8x3, conv: {K: 4, init: xavier-uniform}, fc: 2]",
         "1:49: architecture[1].conv.init: init must be he, xavier, identity, orthogonal, "
         "whitening or normal(std) with a positive std, like normal(0.01), not 'xavier-uniform'"),
        ("architecture: [input: 8x8x3, conv: {K: 4, F: '(3, 3)'}, fc: 2]",
         "1:46: architecture[1].conv.F: F must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, "
         "not '(3, 3)'"),
    ],
)  # fmt: skip
def test_problems(problems, text, found):
    assert problems(text) == [f"f.yaml:{found}"]


@pytest.mark.parametrize("expression", ["C/2", "7/2+1", "C*0.3"])
def test_the_remedies_of_a_fraction_fit(expression):
    text = f"variables: {{C: 65}}\n{NET}"
    told = next(p.message for p in load(text % expression).problems if p.is_error)
    remedy = told.partition("like ")[2]
    assert load(text % remedy).layers[1].layer.K >= 1
    text = "variables: {C: 9, D: C/2}\narchitecture: INPUT(8x8x3) -> CONV(K=%s) -> FC-2\n"
    assert depths(text % load(text % "D").problems[0].message.partition("like ")[2]) == [4]


def test_the_remedy_for_a_repeat_fits():
    text = "variables: {C: 5}\narchitecture: 'INPUT(8x8x3)->[CONV-3]%s->FC-2'\n"
    (told,) = load_problems(text % "*ceil(C/2)")
    assert depths(text % told.rpartition(": ")[2]) == [3, 3, 3]


def load_problems(text):
    return [problem.message for problem in load(text).problems]


def test_a_thousand_variables_in_a_row():
    rows = "".join(f"  v{n}: v{n + 1}+1\n" for n in range(999))
    text = f"variables:\n{rows}  v999: 1\narchitecture: INPUT(8x8x3) -> CONV(K=v0) -> FC-2\n"
    assert depths(text) == [1000]


def test_circles_and_growth_take_no_time():
    """A circle of all, every one with every other; powers that double their digits in each row."""
    names = "+".join(f"v{n}" for n in range(90))
    rows = "".join(f"  v{n}: {names}\n" for n in range(90))
    growth = "".join(f"  w{n}: w{n + 1}*w{n + 1}\n" for n in range(200))
    start = time.perf_counter()
    found = load_problems(f"variables:\n{rows}{growth}  w200: 9\narchitecture: INPUT-FC\n")
    assert "the variable v0 is made of itself: v0 -> v0" in found
    assert "w194*w194: w194*w194 has more than 100 digits" in found
    assert time.perf_counter() - start < 5


OPERATORS = ("+", "-", "*", "/")


@st.composite
def networks(draw):
    """A file whose CONVs have K from constants in several places, by chains of expressions."""
    number = st.integers(1, 9)

    def formula(known):
        text = draw(st.sampled_from(known) | number.map(str))
        for operator in draw(st.lists(st.sampled_from(OPERATORS), max_size=2)):
            other = draw(number.map(str) if operator == "/" else st.sampled_from(known))
            text = f"({text}) {operator} {other}"
        return text

    def whole(known):
        return f"max(1, floor({formula(known)}))"

    known, variables = ["1"], []
    for name in ("u", "v", "w"):
        variables.append(f"  {name}: {draw(number) if draw(st.booleans()) else formula(known)}")
        known.append(name)
    inner = [*known, "K"]
    return "\n".join(
        (
            "variables:", *variables,
            "blocks:",
            f"  b: {{parameters: {{K: {draw(number)}, D: {formula(inner)}}}, "
            f"layers: ['CONV(K={whole([*inner, 'D'])})', conv: '{whole(inner)}']}}",
            f"  o: {{parameters: {{K: {formula(known)}}}, layers: [b: {{K: {formula(inner)}}}]}}",
            f"defaults: {{conv: {{S: 1, K: '{whole(known)}'}}}}",
            "architecture:",
            "  - input: 2x2x1",
            "  - b",
            f"  - b(K={formula(known)}) -> o -> o(K={draw(number)})",
            f"  - o: {formula(known)}",
            "  - conv",
            f"  - conv: {whole(known)}",
            "  - fc: 2",
            "",
        )
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(networks(), st.integers(1, 9))
def test_what_is_derived_is_what_the_file_gives_with_another_constant(text, value):
    """For every constant on which any layer depends: edited, read again, and compared."""
    spec = load(text)
    assert not any(problem.is_error for problem in spec.problems)
    origins = {
        each
        for layer in spec.layers
        for own in layer.origins.values()
        for each in (own, *own.others)
    }
    for origin in origins:
        changed = load(apply_edit(text, origin.edit(value))).layers
        for before, after in zip(spec.layers, changed, strict=True):
            assert before.with_constant(origin, value) == after.layer


@given(st.lists(st.tuples(st.sampled_from(OPERATORS), st.integers(1, 40)), max_size=5))
def test_the_same_as_exact_arithmetic(steps):
    text, value = "C", Fraction(7, 10)
    for operator, number in steps:
        text = f"({text}) {operator} {number}"
        value = {
            "+": value + number, "-": value - number, "*": value * number, "/": value / number
        }[operator]  # fmt: skip
    spec = load(
        f"variables: {{C: 0.7}}\narchitecture: [input: 8x8x3, scale: {{by: {text}}}, fc: 2]\n"
    )
    assert spec.problems == () or value == 0
    if value:
        assert spec.layers[1].layer.by == float(value)
