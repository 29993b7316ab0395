import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.pattern.grammar import Patterns, Repeated
from cnncli.config.pattern.tokens import PatternError

TOO_MANY = (
    "more than 50,000 words, signs and values (a block counts again for each set of parameters)"
)


def text_of(item):
    """A structure as text again, in one spelling."""
    if isinstance(item, Repeated):
        inner = " -> ".join(map(text_of, item.items))
        return f"[{inner}]" + (f"*{item.repeat.text}" if item.repeat else "")
    dashed = f"-{item.dashed.text}" if item.dashed else ""
    arguments = ", ".join((f"{a.key}=" if a.key else "") + a.value for a in item.arguments)
    return item.word + dashed + (f"({arguments})" if arguments else "") + "?" * item.optional


@pytest.mark.parametrize(
    ("pattern", "structure"),
    [
        ("A-B->C→D—E–F", "[A -> B -> C -> D -> E -> F]"),
        ("A3-64-B", "[A3-64 -> B]"),
        ("A - 64 - B", "[A-64 -> B]"),
        ("A3x5-64?->B", "[A3x5-64? -> B]"),
        ("A-0.5-B", "[A-0.5 -> B]"),
        ("A(32x32x3)-B", "[A(32x32x3) -> B]"),
        ("A*3-[B]*N", "[[A]*3 -> [B]*N]"),
        ("[[A-B]*2-C?]*3", "[[[A -> B]*2 -> C?]*3]"),
        ("[A-B]-C", "[[A -> B] -> C]"),
        ("A()-B", "[A -> B]"),
    ],
)
def test_structure(pattern, structure):
    assert text_of(Patterns().parse(pattern)) == structure


def test_arguments():
    pattern = "A( K = 3 ,F=5x3, 7, i=normal(0.1, 2), P={left: 1, right: 2})"
    (layer,) = Patterns().parse(pattern).items
    assert [(a.key, a.value) for a in layer.arguments] == [
        ("K", "3"),
        ("F", "5x3"),
        (None, "7"),
        ("i", "normal(0.1, 2)"),
        ("P", "{left: 1, right: 2}"),
    ]
    for argument in layer.arguments:
        assert pattern.startswith(argument.key or argument.value, argument.offset)
        assert pattern.startswith(argument.value, argument.value_offset)


@pytest.mark.parametrize(
    ("pattern", "offset", "message"),
    [
        ("", 0, "the pattern is empty; write for example INPUT-CONV-RELU-POOL-FC"),
        ("A-[B", 2, "'[' is not closed; add ']'"),
        ("A]-B", 1, "']' closes nothing; remove it, or add '['"),
        ("A-[]", 2, "the group is empty; put layers between '[' and ']'"),
        ("A->", 3, "a layer's name is missing after '->'"),
        ("[A->]*2", 4, "a layer's name is missing after '->'"),
        ("A-->B", 2, "a layer's name is missing after '-', before '->'"),
        ("->A", 0, "a layer's name is missing, before '->'"),
        ("A B", 2, "'->' is missing before 'B'"),
        ("[A][B]", 3, "'->' is missing before '['"),
        ("A,B", 1, "layers are joined by '->' or '-', not by ','"),
        ("A=B", 1, "'=' has no meaning in a pattern"),
        ("A)", 1, "')' closes nothing; remove it"),
        ("A(K=3", 1, "'(' is not closed; add ')'"),
        ("A(K={l: 1)", 9, "')' stands where '}' is missing"),
        ("A(K=)", 2, "the value of K is missing after '='"),
        ("A(K=1,,F=2)", 6, "a value is missing before or after this ','"),
        ("[A]?", 3, "'?' belongs to one layer, like POOL?; a group is left out by a repeat, ]*0"),
        ("A??", 2, "'?' stands directly after a layer, like POOL?"),
        ("[A](K=3)", 3, "'(...)' stands directly after a layer's name, like CONV(K=32)"),
        ("[A]x3", 3, "a repeat is written with a star: *3"),
        ("[A]*2*3", 5, "two repeats; nest them, like [[CONV]*2]*3"),
        (
            "[A]*",
            4,
            "a repeat is a whole number or the name of a variable, like [CONV - RELU]*3; "
            "found 'nothing'",
        ),
        (
            "[A]*1.5",
            4,
            "a repeat is a whole number or the name of a variable, like [CONV - RELU]*3; "
            "found '1.5'",
        ),
        (
            "3*[A]",
            0,
            "'3' is not a layer; a number stands directly after a layer's name, like CONV3-64, "
            "and a repeat after what it repeats, like [CONV - RELU]*3",
        ),
        (
            "[A]-3",
            4,
            "'3' is not a layer; a number stands directly after a layer's name, "
            "like CONV3-64 or FC-256",
        ),
        ("[" * 51 + "A" + "]" * 51, 50, "more than 50 groups inside each other"),
        ("A-" * 60_000, 50_000, TOO_MANY),
    ],
)
def test_problems(pattern, offset, message):
    with pytest.raises(PatternError) as error:
        Patterns().parse(pattern)
    assert (error.value.offset, error.value.message) == (offset, message)


@given(st.text(alphabet="AB-→>[]*23N?()=,{}' x.", max_size=40))
def test_any_text_is_a_pattern_or_a_problem_inside_it(text):
    try:
        parsed = Patterns().parse(text)
    except PatternError as error:
        inside = 0 <= error.offset <= len(text)
    else:
        again = text_of(parsed)
        inside = text_of(Patterns().parse(again)) == f"[{again}]"
    assert inside
