"""Values as other programs write them: understood, and written as here by the fix."""

import pytest

from cnncli.check.check import check_text
from cnncli.check.fix import fix_file
from cnncli.text import ForeignPath

ORDER = "lists have the height first"
EXTENTS = [
    ("[3, 3]", "3", ""),
    ("[3, 5]", "5x3", f"height 3, width 5: {ORDER}"),
    ("(3, 5)", "5x3", f"height 3, width 5: {ORDER}"),
    ("(3, 3,)", "3", ""),
    ("[3]", "3", ""),
    ("3.0", "3", ""),
    ("[1, 3, 5, 1]", "5x3", f"height 3, width 5: {ORDER}"),
    ("[1, 3, 3, 1]", "3", "of the map"),
]
SIDES = [
    ("[2, 1]", "1x2", f"height 2, width 1: {ORDER}"),
    ("(2, 2)", "2", ""),
    ("((1, 1), (2, 2))", "2x1", "top and bottom first, as in Keras"),
    (
        "[[1, 2], [3, 4]]",
        "{left: 3, right: 4, top: 1, bottom: 2}",
        "top and bottom first, as in Keras",
    ),
    (
        "(1, 2, 3, 4)",
        "{left: 1, right: 2, top: 3, bottom: 4}",
        "left, right, top, bottom, as in PyTorch",
    ),
]
VALID = [("valid", "0", "without padding"), ("VALID", "0", "without padding")]
MODES = [("avg", "average", ""), ("AVE", "average", ""), ("maximum", "max", "")]
NORMAL, UNIFORM = "he is drawn from a normal distribution", "xavier is drawn uniformly"
FIELDS = [
    ("CONV", "F", EXTENTS),
    ("CONV", "S", EXTENTS),
    ("CONV", "K", [("8.0", "8", "")]),
    ("CONV", "dilation", EXTENTS),
    ("CONV", "P", VALID + SIDES),
    ("LOCAL", "F", EXTENTS[:3]),
    ("CONVT", "F", EXTENTS[:3]),
    ("CONVT", "P", VALID + SIDES[:2]),
    ("CONVT", "extra", [("(1, 0)", "0x1", f"height 1, width 0: {ORDER}")]),
    ("POOL", "F", EXTENTS),
    ("POOL", "S", EXTENTS[:3]),
    ("POOL", "P", [*VALID, ("(1, 1)", "1", "")]),
    ("POOL", "mode", MODES),
    ("ADAPTIVEPOOL", "places", EXTENTS),
    ("ADAPTIVEPOOL(places=2)", "mode", MODES),
    ("PAD", "P", SIDES),
    ("PAD", "mode", [("constant", "zero", ""), ("replicate", "edge", "")]),
    ("CROP", "P", SIDES),
    ("CROP", "size", EXTENTS[:3]),
    ("CROP(size=3)", "offset", [("(0, 1)", "1x0", f"height 0, width 1: {ORDER}")]),
    ("UPSAMPLE", "S", EXTENTS[:4]),
    ("SPACETODEPTH", "S", [("(2, 2)", "2", "")]),
    (
        "CONV",
        "init",
        [
            ("he_normal", "he", ""),
            ("kaiming_uniform_", "he", NORMAL),
            ("GlorotUniform", "xavier", ""),
            ("xavier_normal", "xavier", UNIFORM),
        ],
    ),
]
SIZES = [
    ("[24, 32, 3]", "32x24x3", "height, width, depth"),
    ("[3, 24, 32]", "32x24x3", "depth, height, width"),
    ("(28, 28, 1)", "28x28x1", "height, width, depth"),
    ("(1, 28, 28)", "28x28x1", "depth, height, width"),
    ("[16, 16, 64]", "16x16x64", "height, width, depth"),
    ("[64, 16, 16]", "16x16x64", "depth, height, width"),
    ("28x28", "28x28x1", "the depth 1 is assumed"),
    ("[24, 32]", "32x24x1", f"height 24, width 32: {ORDER}, the depth 1 is assumed"),
    ("[1, 3, 24, 32]", "32x24x3", "depth, height, width, without the number of images"),
    ("[None, 24, 32, 3]", "32x24x3", "height, width, depth, without the number of images"),
    ("(None, 24, 32, 3)", "32x24x3", "height, width, depth, without the number of images"),
    ("(-1, 3, 24, 32)", "32x24x3", "depth, height, width, without the number of images"),
]
LAYERS = [
    (layer, field, *value) for layer, field, values in FIELDS for value in values
]  # fmt: skip


@pytest.fixture
def fix(tmp_path):
    """fix(text): the problems and fixes of the file; and its text after them, which has none."""
    path = ForeignPath(tmp_path / "f.yaml")

    def fixed(text):
        path.write_text(text)
        before = check_text(text, path).problems
        fixes = [fix for problem in before for fix in problem.fixes]
        after = fix_file(path, None, pytest.fail)
        assert [str(problem) for problem in after.checked.problems if problem.is_error] == []
        return fixes, path.read_text()

    return fixed


def in_list(layer, field, value):
    kind, _, others = layer.rstrip(")").partition("(")
    pairs = [*others.replace("=", ": ").split(",")] * bool(others)
    return f"- {kind.lower()}: {{{', '.join([*pairs, f'{field}: {value}'])}}}"


def in_pattern(layer, field, value):
    kind, _, others = layer.rstrip(")").partition("(")
    return f"- '{kind}({', '.join([*[others] * bool(others), f'{field}={value}'])})'"


@pytest.mark.parametrize("form", [in_list, in_pattern])
@pytest.mark.parametrize(("layer", "field", "value", "meant", "note"), LAYERS)
def test_every_field_in_lists_and_patterns(fix, form, layer, field, value, meant, note):
    rest = "\n- fc: 2\nfit: crop\n"
    begin = "architecture:\n- input: 30x30x4\n"
    (found,), text = fix(begin + form(layer, field, value) + rest)
    assert (found.change, found.note) == (f"{field}: {meant}", note)
    assert found.output
    quoted = form(layer, field, meant)
    assert text in (begin + quoted + rest, begin + quoted.replace("'", "") + rest)


@pytest.mark.parametrize("form", ["- input: {}", "- input: {{size: {}}}", "- 'INPUT({})'"])
@pytest.mark.parametrize(("value", "meant", "note"), SIZES)
def test_sizes_of_images(fix, form, value, meant, note):
    rest = "\n- fc: 2\n"
    (found,), text = fix("architecture:\n" + form.format(value) + rest)
    assert (found.change, found.note) == (f"INPUT: {meant}", note)
    assert text == "architecture:\n" + form.format(meant) + rest


def test_a_size_after_a_dash(fix):
    _, text = fix("architecture: INPUT-28x28-FC-2\n")
    assert text == "architecture: INPUT-28x28x1-FC-2\n"


def test_tuples_that_yaml_cuts_at_their_commas(fix):
    """In braces `(3, 5)` is a text and a key; the keys behind it are read all the same."""
    written = "- {input: (28, 28, 1)}\n- pool: {F: (2, 2), S: (2, 2), mode: max}\n- fc: 2\n"
    fixes, text = fix(f"architecture:\n{written}")
    assert len(fixes) == 3
    assert text == ("architecture:\n- {input: 28x28x1}\n- pool: {F: 2, S: 2, mode: max}\n- fc: 2\n")


def test_a_list_as_a_block(fix):
    written = "- input:\n  - 28\n  - 20\n  - 1\n- conv:\n    F:\n    - 3\n    - 5\n    K: 4\n"
    _, text = fix(f"architecture:\n{written}- fc: 2\n")
    assert text == (
        "architecture:\n- input:\n    20x28x1\n- conv:\n    F:\n      5x3\n    K: 4\n- fc: 2\n"
    )


@pytest.mark.parametrize(
    ("given", "change", "after"),
    [("valid", "P: 0", "0"), ("[valid, 1]", "P: [0, 1]", "[0, 1]"), ("[1, [2, 1]]", "P: [1, 1x2]",
     "[1, 1x2]")],
)  # fmt: skip
def test_defaults(fix, given, change, after):
    text = "architecture: INPUT(9x9x1)-CONV5-CONV5-FC-2\ndefaults:\n  conv: {P: %s}\n"
    (found,), fixed = fix(text % given)
    assert (found.change, fixed) == (change, text % after)


@pytest.mark.parametrize(
    ("text", "changes", "after"),
    [
        (
            "variables: {A: [3, 5]}\narchitecture: INPUT(9x9x1)-CONV(F=A)-CONV(F=A)-FC-2\n",
            ["A: 5x3"], {"[3, 5]": "5x3"},
        ),
        (
            "blocks: {unit: {parameters: {F: 3, S: 1}, layers: 'CONV(F=F,S=S)-RELU'}}\n"
            "architecture:\n- input: 9x9x1\n- unit: {F: [1, 3]}\n- 'unit(F=[1, 3])'\n"
            "- unit: {F: 5}\n- fc: 2\n",
            ["F: 3x1", "F: 3x1"], {"[1, 3]": "3x1"},
        ),
        (
            "blocks: {unit: {parameters: {P: valid}, layers: 'CONV(P=P)-RELU'}}\n"
            "architecture: INPUT(9x9x1)-unit-unit-FC-2\n",
            ["P: 0"], {"valid": "0"},
        ),
    ],
)  # fmt: skip
def test_constants_that_stand_elsewhere(fix, text, changes, after):
    """They are rewritten where they stand, and what is written for them stays."""
    fixes, fixed = fix(text)
    assert [fix.change for fix in fixes] == changes
    ((old, new),) = after.items()
    assert fixed == text.replace(old, new)


def test_a_value_in_a_file_of_blocks(fix, tmp_path):
    blocks = tmp_path / "b.yaml"
    blocks.write_text("blocks:\n  unit: CONV(P=valid) -> RELU\n")
    text = "blocks: {from: b.yaml}\narchitecture: INPUT(9x9x1) -> unit -> FC-2\n"
    (found,), fixed = fix(text)
    assert (found.change, fixed) == ("P: 0", text)
    assert blocks.read_text() == "blocks:\n  unit: CONV(P=0) -> RELU\n"


def test_a_value_from_a_command_is_in_no_file(tmp_path):
    text = "architecture:\n- input: 9x9x1\n- conv: {K: 2}\n- fc: 2\n"
    checked = check_text(text, ForeignPath("f.yaml"), ["defaults.conv.P=valid"])
    (problem,) = checked.problems
    assert [(fix.change, fix.edit) for fix in problem.fixes] == [("P: 0", None)]


def test_the_layer_is_read_on_as_it_is_meant():
    """So that all other problems are found in the same run."""
    text = "architecture: INPUT(9x9x1)-CONV(F=5,S=3,P=valid)-FC(2)"
    second, first = check_text(text, ForeignPath("f.yaml")).problems
    assert "not 'valid'" in first.message
    assert first.full_text().endswith("This is meant:\n  [1] P: 0 (without padding)")
    assert "(9 - 5 + 2*0)/3 + 1" in second.message


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("CONV(F=[3, 3, 3])", "F must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not "
         "[3, 3, 3]"),
        ("CONV(F=[0, 3])", "F must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not [0, 3]"),
        ("CONV(F=[true, 3])", "F must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not "
         "[True, 3]"),
        ("CONV(F=2.5)", "F must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not 2.5"),
        ("CONV(F=1e300)", "F must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not 1e+300"),
        ("CONV(P=[-1, -1])", "P must be a whole number (0 or more), WIDTHxHEIGHT, same, or sides "
         "like {left: 1, right: 2}, not [-1, -1]"),
        ("CONV(P=causal)", "P is 'causal': padding on the left alone is written {left: n}, with "
         "n = dilation*(F-1), or {top: n} where the maps are columns"),
        ("POOL(mode=global)", "mode is 'global': the whole map is F: global; the mode is what it "
         "yields, like average"),
        ("CONV(K=0.0)", "K must be a whole number of at least 1, not 0.0"),
        ("POOL(average)", "F is 'average': what a window yields is its mode, like mode: average"),
    ],
)  # fmt: skip
def test_what_means_nothing_here(value, problem):
    found = check_text(f"architecture: 'INPUT(9x9x1)-{value}-FC(2)'", ForeignPath("f.yaml"))
    (only,) = found.problems
    assert (only.message, only.fixes) == (problem, ())
