import pytest

QUOTE = "a pattern that begins with '[' must be quoted, like '[CONV - RELU]*2 - FC'"
EMPTY = "the file is empty; it needs an architecture"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", f"f.yaml:1:1: {EMPTY}"),
        ("# only a comment\n", f"f.yaml:1:1: {EMPTY}"),
        ("---\n", f"f.yaml:1:1: {EMPTY}"),
        (
            "- a\n",
            "f.yaml:1:1: the file must be a mapping, like "
            "'architecture: INPUT-CONV-RELU-POOL-FC', not ['a']",
        ),
        ("architecture: [[CONV -> RELU]*2 -> POOL]*3 -> FC\n", f"f.yaml:1:15: {QUOTE}"),
        ("data: cifar10\narchitecture: [CONV - RELU]*2\ntrain: {}\n", f"f.yaml:2:15: {QUOTE}"),
        ("architecture:\n  - input\n  - [CONV]*2\n", f"f.yaml:3:5: {QUOTE}"),
        ("train:\n\tepochs: 1\n", "f.yaml:2:1: a tab cannot indent; use spaces"),
        ("train:\n  epochs: 1\n  \tseed: 1\n", "f.yaml:3:3: a tab cannot indent; use spaces"),
        (
            "name: a: b\n",
            "f.yaml:1:8: a ': ' cannot stand here; put the whole text in quotes, "
            "or check the indentation",
        ),
        ("name: 'a\n", "f.yaml:1:7: this text is not closed: its second quote is missing"),
        (
            "data: {name: idx\ntrain: {}\n",
            "f.yaml:1:7: these braces are not closed: a ',' or a '}' is missing",
        ),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document starts here; remove this '---'"),
        ("a: @x\n", "f.yaml:1:4: a text that begins with '@' must be quoted"),
        (
            "a: *x\n",
            "f.yaml:1:4: '*x' refers to '&x', which is not above it; "
            "a text that begins with '*' must be quoted",
        ),
        ("a: &a [*a]\n", "f.yaml:1:8: '*a' stands inside the value that it refers to"),
        (
            "a: !!python/object/apply:os.system [ls]\n",
            "f.yaml:1:4: the tag !!python/object/apply:os.system is not supported; remove it",
        ),
        ("a: \x07\n", "f.yaml:1:4: the character U+0007 is not allowed in a text; remove it"),
    ],
)
def test_what_is_not_a_configuration(problems, text, problem):
    assert problems(text) == [problem]


def test_a_duplicate_key_is_a_problem_at_the_second_one(problems):
    text = "architecture: INPUT-FC\ntrain:\n  epochs: 1\n  seed: 1\n  epochs: 2\n"
    assert problems(text) == [
        "f.yaml:5:3: train: the key 'epochs' is given twice; the first is in line 3"
    ]


def test_keys_are_text(problems):
    assert problems("architecture: FC\n? [a, b]\n: 1\n") == ["f.yaml:2:3: a key must be plain text"]


def test_merge_keys(read):
    spec = read(
        "architecture:\n"
        "  - conv: &base {K: 5, F: 1}\n"
        "  - conv: {<<: *base, K: 6}\n"
        "  - conv: {K: 7, <<: [{S: 2}, *base, {S: 3}]}\n"
    )
    spec.check()
    found = [(x.layer.K, x.layer.F.W, x.layer.S.W) for x in spec.layers]
    assert found == [(5, 1, 1), (6, 1, 1), (7, 1, 2)]
    place = spec.place("architecture", 1, "conv", "F")
    assert (place.line, place.column) == (2, 27)


def test_a_merge_key_takes_mappings(problems):
    assert problems("architecture:\n  - conv: {<<: 3}\n") == [
        "f.yaml:2:12: architecture[0].conv: '<<' takes a mapping, or a list of mappings, to merge"
    ]


@pytest.mark.parametrize("marks", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_byte_order_mark_and_line_ends(problems, marks, line_end):
    text = marks + line_end.join([b"architecture: >", b"  INPUT ->", b"  CONV(K=0)", b"fit: x"])
    assert problems(text) == [
        "f.yaml:3:10: architecture: conv1: K must be at least 1, not 0",
        "f.yaml:4:6: fit: fit must be strict, crop or pad, not 'x'",
    ]


@pytest.mark.parametrize("text", ["a: " + "[" * 60 + "]" * 60, "[" * 100_000, "{a: " * 10_000])
def test_too_deep(problems, text):
    (problem,) = problems(text)
    assert problem.endswith("more than 50 levels inside each other; make it flatter")


def test_depth_through_aliases(problems):
    levels = "".join(f"a{i}: &a{i} [[*a{i - 1}]]\n" for i in range(1, 30))
    assert problems(f"a0: &a0 [[[x]]]\n{levels}") == [
        "f.yaml:1:11: more than 50 levels inside each other; make it flatter"
    ]


def test_values_have_places(read):
    spec = read("data:\n  name: cifar10\n\n  augment: [flip, {crop: 4}]\narchitecture: INPUT-FC\n")
    for path, place in {
        ("data",): (2, 3),
        ("data", "name"): (2, 9),
        ("data", "augment", 1, "crop"): (4, 26),
        ("data", "root"): (2, 3),
        ("architecture",): (5, 15),
    }.items():
        found = spec.place(*path)
        assert (found.line, found.column) == place


def test_characters_that_escapes_bring_in(problems):
    assert problems('architecture: INPUT-FC\nname: "a\\0b"\n')[0] == (
        "f.yaml:2:7: name: the character U+0000 is not allowed in a text"
    )
