"""Blocks of other files: what they see, where their faults are, and which files are refused."""

import os
from pathlib import Path

import pytest

from cnncli.bounds import MAX_BLOCK_FILES
from cnncli.check.check import check_recorded
from cnncli.config.load import block_files, load, load_text
from cnncli.config.source_text.dump import dump
from cnncli.config.source_text.edit import apply_edit
from cnncli.graph.build import build
from cnncli.problems import ConfigError

NET = "architecture: INPUT(8x8x1)-unit-FC-2\n"
UNIT = "blocks: {unit: CONV -> RELU}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(**files):
    """Files by their names, with `__` for `/`, all of them .yaml."""
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.yaml")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)


def said(*overrides):
    """All problems of net.yaml, in their order."""
    try:
        problems = load(Path("net.yaml"), overrides).problems
    except ConfigError as error:
        problems = error.problems
    return [f"{'' if each.is_error else 'warning: '}{each}" for each in problems]


def kinds(*overrides):
    spec = load(Path("net.yaml"), overrides)
    spec.check()
    return [layer.kind for layer in spec.layers]


def layer(name):
    return next(each for each in load(Path("net.yaml")).layers if each.name == name)


def test_a_file_of_blocks_is_as_if_it_stood_in_the_file():
    """Any configuration can be one: its other sections are not looked at."""
    blocks = """
  unit: {parameters: {K: 4}, layers: '[CONV(K=K, F=F) -> inner]*2'}
  inner:
    parameters: {S: 1}
    layers:
    - CONV: {K: 4, F: F, S: S}
      name: last
    - add:
      from: [last, input]
"""
    tail = "defaults: {conv: {bias: false}}\narchitecture: INPUT(8x8x1)-unit(K=4)-FC-2\n"
    write(net=f"variables: {{F: 5}}\nblocks:{blocks}{tail}")
    alone = load(Path("net.yaml"))
    alone.check()
    write(
        net=f"variables: {{F: 3, N: 2}}\nblocks: {{from: parts/a.yaml}}\n{tail}".replace(
            ", N: 2", ""
        ),
        parts__a=f"variables: {{F: 5}}\nblocks:{blocks}train: {{epochs: no}}\nunknown: 1\n"
        "architecture: NONE\ndefaults: {conv: {K: 99}}\n",
    )
    spec = load(Path("net.yaml"))
    spec.check()
    assert [(each.name, each.layer, each.inputs) for each in spec.layers] == [
        (each.name, each.layer, each.inputs) for each in alone.layers
    ]
    assert [str(each) for each in spec.problems] == [
        "net.yaml:1:13: variables.F: the variable F is used nowhere in the architecture"
    ]


def test_files_name_others_beside_them():
    """Each path begins at the file that names it; all blocks are known in all files."""
    write(
        net="blocks: {from: [parts/a.yaml, d.yaml], own: RELU}\n"
        "architecture: INPUT(8x8x1)-a-b-c-d-own-FC-2\n",
        parts__a="blocks: {from: deep/b.yaml, a: b -> own}\n",
        parts__deep__b="blocks: {from: [./c.yaml], b: TANH}\n",
        parts__deep__c="blocks:\n  c: d -> d\n",
        d="blocks: {d: SIGMOID}\n",
    )
    assert kinds() == [
        "INPUT",
        "TANH",
        "RELU",
        "TANH",
        "SIGMOID",
        "SIGMOID",
        "SIGMOID",
        "RELU",
        "FC",
    ]
    assert list(block_files(Path("net.yaml"))) == [
        "parts/a.yaml", "parts/deep/b.yaml", "parts/deep/c.yaml", "d.yaml",
    ]  # fmt: skip


def test_blocks_see_the_variables_of_their_own_file():
    """And their parameters, of which none is seen in a block of another file."""
    write(
        net="variables: {K: 7}\nblocks: {from: a.yaml, own: CONV(K=K)}\n"
        "architecture: INPUT(8x8x1)-unit(N=2)-own-CONV(K=K)-FC-2\n",
        a="variables: {K: 5}\nblocks:\n"
        "  unit: {parameters: {N: 1}, layers: '[CONV(K=K)]*N -> inner(K=3) -> own'}\n"
        "  inner: {parameters: {K: 1}, layers: CONV(K=K) -> own}\n",
    )
    spec = load(Path("net.yaml"))
    spec.check()
    assert [each.layer.K for each in spec.layers if each.kind == "CONV"] == [5, 5, 3, 7, 7, 7, 7]


def test_a_variable_of_another_file_is_not_known():
    write(
        net="variables: {N: 2}\nblocks: {from: a.yaml}\narchitecture: INPUT(8x8x1)-[unit]*N-FC-2\n",
        a="blocks: {unit: '[CONV]*N'}\n",
    )
    assert said() == [
        "a.yaml:1:24: blocks.unit: the variable N has no value; add variables: {N: 2}"
    ]
    Path("a.yaml").write_text("variables: {N: 2}\nblocks: {unit: '[CONV]*N'}\n")
    assert said() == []


def test_faults_stand_where_they_are():
    """With the line of that file; those of one file together, however they are found."""
    write(
        net="blocks: {from: a.yaml}\narchitecture: INPUT(8x8x1)-[unit]*2-CONV(K=0)-FC-2\n",
        a="# one\nblocks:\n  unit: {parameters: {x: 1}, layers: CONV(K=-1) -> RELUU}\n  bad: 3\n"
        "  other: CONV(K=-1)\n",
    )
    assert said() == [
        "warning: a.yaml:3:23: blocks.unit.parameters.x: the parameter x is used nowhere in the "
        "block unit",
        "a.yaml:3:45: blocks.unit.layers: unit1.conv1: K must be at least 1, not -1",
        "a.yaml:3:52: blocks.unit.layers: unknown layer 'RELUU'; did you mean RELU?",
        "a.yaml:4:8: blocks.bad: the block bad has no layers; write its layers as a pattern or a "
        "list, or as {parameters: {K: 64}, layers: ...}",
        "net.yaml:2:44: architecture: conv1: K must be at least 1, not 0",
    ]


def test_an_edit_knows_its_file():
    write(
        net="blocks: {from: a.yaml}\narchitecture:\n- input: 8x8x1\n- unit: {K: 3}\n- fc: 2\n",
        a="variables: {S: 1}\nblocks:\n  unit:\n    parameters: {K: 1, F: 3}\n"
        "    layers: CONV(K=K, F=F, S=S) -> inner(K=5) -> CONV\n"
        "  inner: {parameters: {K: 1}, layers: [conv: {K: K}]}\n",
    )
    first = layer("unit1.conv1")
    assert first.site == (("blocks", "unit", "layers"), 0, "a.yaml")
    assert layer("fc1").site.file == ""
    inner = layer("unit1.inner1.conv1")
    edits = [
        first.origins["K"].edit(9),
        first.origins["F"].edit(9),
        first.origins["S"].edit(9),
        inner.origins["K"].edit(9),
    ]
    assert [each.file for each in edits] == ["", "a.yaml", "a.yaml", "a.yaml"]
    for edit, line in zip(
        edits,
        ("- unit: {K: 9}", "    parameters: {K: 1, F: 9}", "variables: {S: 9}",
         "    layers: CONV(K=K, F=F, S=S) -> inner(K=9) -> CONV"),
        strict=True,
    ):  # fmt: skip
        text = apply_edit(Path(edit.file or "net.yaml").read_text(), edit)
        assert line in text.splitlines()


def test_formulas_follow_constants_through_files():
    """Arguments are those of the use's file, defaults and all other names of the block's."""
    write(
        net="variables: {N: 2, W: 99}\nblocks: {from: a.yaml, own: CONV(K=W)}\n"
        "architecture: 'INPUT(8x8x1)-unit(K=3*N)-own-FC-2'\n",
        a="variables: {W: 5, H: 2*W}\nblocks:\n  unit:\n    parameters: {K: , D: K+W}\n"
        "    layers: CONV(K=D+H) -> inner(K=K+1) -> own\n  inner: {parameters: {K: 1}, layers: "
        "[conv: {K: K*W}]}\n",
    )
    spec = load(Path("net.yaml"))
    spec.check()
    convs = [each for each in spec.layers if each.kind == "CONV"]
    assert [each.layer.K for each in convs] == [21, 35, 99, 99]
    constants = [
        {(each.edit(0).file, each.field) for each in (first, *first.others)}
        for first in (conv.origins["K"] for conv in convs)
    ]
    n, w = ("", "N"), ("a.yaml", "W")
    given, computed = ("", "K"), {("a.yaml", "D"), ("a.yaml", "H")}  # in the place of what is there
    inner = {n, w, given, ("a.yaml", "K")}
    assert constants == [{n, w, given, *computed}, inner, {("", "W")}, {("", "W")}]
    first = convs[0].origins["K"]
    own_width = next(each for each in (first, *first.others) if each.field == "W")
    assert own_width.derive(1) == 9
    assert own_width != convs[2].origins["K"]
    assert convs[0].with_constant(own_width, 1).K == 9
    assert convs[3].origins["K"] == convs[2].origins["K"]
    text = apply_edit(Path("a.yaml").read_text(), own_width.edit(1))
    Path("a.yaml").write_text(text)
    assert [each.layer.K for each in load(Path("net.yaml")).layers[1:5]] == [9, 7, 99, 99]


def test_sizes_and_conditions_in_a_file_of_blocks():
    write(
        net="variables: {E: 1}\nblocks: {from: a.yaml}\n"
        "architecture: INPUT(8x8x3)-CONV(K=6)-[inverted(K=6)]*2-inverted(K=4, S=2)-FC-2\n",
        a="""
variables: {E: 2}
blocks:
  inverted:
    parameters: {K: , S: 1}
    layers:
    - part(K=E*input.D, S=S) -> CONV1(K=K, name=main)
    - ADD(from=[main, input], if=S == 1 and K == input.D)
  part: {parameters: {K: , S: }, layers: "CONV1(K=K) -> CONV3(S=S, P={left: 1, top: 1, \
    right: 0, bottom: 0}, groups=depthwise, if=S == 2)"}
""",
    )
    spec = load(Path("net.yaml"))
    spec.check()
    assert [each.name for each in spec.layers if each.kind == "ADD"] == [
        "inverted1.add1", "inverted2.add1",
    ]  # fmt: skip
    by_name = {node.name: str(node.out_shape) for node in build(spec, None, None).nodes}
    assert by_name["inverted3.part1.conv1"] == "8x8x12"
    assert by_name["inverted3.part1.conv2"] == "4x4x12"


def test_faults_of_formulas_stand_in_their_file():
    write(
        net="blocks: {from: a.yaml}\n" + NET,
        a="variables:\n  W: 5/2 * 1\n  X: Y+1\n  Y: X+1\nblocks:\n"
        "  unit: {parameters: {K: Z+1}, layers: CONV(K=W)}\n",
    )
    assert [text[:12] for text in said()] == ["a.yaml:3:6: ", "a.yaml:6:26:"]


def test_names_are_given_once():
    write(
        net="blocks:\n  from: [a.yaml, b.yaml]\n  unit: RELU\n" + NET,
        a="blocks:\n  Unit: RELU\n  other: RELU\n",
        b="blocks: {other: TANH}\n",
    )
    assert said() == [
        "a.yaml:2:3: blocks.Unit: the block 'Unit' stands at net.yaml:3:3 too; call one of them "
        "otherwise",
        "b.yaml:1:10: blocks.other: the block 'other' stands at a.yaml:3:3 too; call one of them "
        "otherwise",
    ]
    write(a="blocks:\n  Unit2: RELU\n  other: RELU\n", b="blocks: {other2: TANH}\n")
    assert said() == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"a": "blocks: {from: b.yaml}\n", "b": "blocks: {from: [a.yaml]}\n"},
            "b.yaml:1:17: blocks.from[0]: a circle: a.yaml -> b.yaml -> a.yaml; leave one of these "
            "from: out",
        ),
        (
            {"a": "blocks: {from: net.yaml}\n"},
            "a.yaml:1:16: blocks.from: a circle: net.yaml -> a.yaml -> net.yaml; leave one of "
            "these from: out",
        ),
        (
            {"a": "blocks: {from: ./a.yaml}\n"},
            "a.yaml:1:16: blocks.from: a circle: a.yaml -> a.yaml; leave one of these from: out",
        ),
        (
            {"a": "blocks: {from: [b.yaml, b.yaml], unit: RELU}\n", "b": "blocks: {b: RELU}\n"},
            "a.yaml:1:25: blocks.from[1]: b.yaml is named twice: net.yaml -> a.yaml -> b.yaml, and "
            "net.yaml -> a.yaml -> b.yaml; name it once, its blocks are known in all files",
        ),
        (
            {
                "a": "blocks: {from: [b.yaml, c.yaml], unit: b}\n",
                "b": "blocks: {from: c.yaml, b: c}\n",
                "c": "blocks: {c: RELU}\n",
            },
            "a.yaml:1:25: blocks.from[1]: c.yaml is named twice: net.yaml -> a.yaml -> b.yaml -> "
            "c.yaml, and net.yaml -> a.yaml -> c.yaml; name it once, its blocks are known in all "
            "files",
        ),
    ],
)
def test_a_file_is_read_once(files, message):
    write(net="blocks: {from: a.yaml}\n" + NET, **files)
    assert said() == [message]


def test_named_once_as_the_message_says():
    """By either of the two files."""
    a, b, c = (
        "blocks: {from: [b.yaml, c.yaml], unit: b}\n",
        "blocks: {b: c}\n",
        "blocks: {c: RELU}\n",
    )
    write(net="blocks: {from: a.yaml}\n" + NET, a=a, b=b, c=c)
    assert kinds() == ["INPUT", "RELU", "FC"]
    write(a=a.replace(", c.yaml", ""), b="blocks: {from: c.yaml, b: c}\n")
    assert kinds() == ["INPUT", "RELU", "FC"]


@pytest.mark.parametrize(
    ("written", "column", "message"),
    [
        ("3", 16, "from takes the path of a file with blocks, or a list of paths, not 3"),
        (
            "{a: b}",
            16,
            "from takes the path of a file with blocks, or a list of paths, not {'a': 'b'}",
        ),
        ("[]", 16, "from is empty; name a file with blocks, or leave it out"),
        ("", 16, "from takes the path of a file with blocks, or a list of paths, not empty"),
        ("no.yaml", 16, "no.yaml: there is no such file"),
        ("resnet18.yaml", 16, "resnet18.yaml: there is no such file"),
        ("lists.yml", 16, "lists.yml: there is no such file; did you mean list.yaml?"),
        ("other", 16, "other: there is no such file; did you mean other.yaml?"),
        ("parts/list", 16, "parts/list: there is no such file"),
        ("parts", 16, "parts: this is a directory, not a configuration file"),
        ("'  '", 16, "  : there is no such file"),
        ("empty.yaml", 16, "empty.yaml has no blocks; write them as blocks: {unit: CONV -> RELU}"),
        ("list.yaml", 16, "list.yaml has no blocks; write them as blocks: {unit: CONV -> RELU}"),
        ("other.yaml", 16, "other.yaml has no blocks; write them as blocks: {unit: CONV -> RELU}"),
    ],
)
def test_what_is_no_file_of_blocks(written, column, message):
    write(net=f"blocks: {{from: {written}}}\n{NET}", empty="", list="- 1\n", other=NET)
    os.mkdir("parts")
    assert said() == [f"net.yaml:1:{column}: blocks.from: {message}"]


@pytest.mark.parametrize(
    "name",
    ["../a.yaml", "parts/../../a.yaml", "parts/..", "/etc/passwd", "''", "x" * 4096],
)
def test_paths_lie_inside_the_folder(name, tmp_path):
    write(net=f"blocks: {{from: {name}}}\n{NET}", a=UNIT)
    (text,) = said()
    assert text.startswith("net.yaml:1:16: blocks.from: ")
    assert text.endswith(
        " is no path inside the folder of the file that names it; put the file there, and name it "
        "like blocks/residual.yaml"
    )


def test_links_lead_to_no_other_folder(tmp_path):
    """Inside the folder they are followed."""
    write(inside__net="blocks: {from: parts/a.yaml}\n" + NET, outside__a=UNIT, inside__b=UNIT)
    os.chdir("inside")
    os.symlink("../outside", "parts")
    told = (
        "net.yaml:1:16: blocks.from: parts/a.yaml: a link leads out of the folder of the file that "
        "names it; put a file there"
    )
    assert said() == [told]
    os.unlink("parts")
    os.mkdir("parts")
    os.symlink("../../outside/a.yaml", "parts/a.yaml")
    assert said() == [told]
    os.unlink("parts/a.yaml")
    os.symlink("../b.yaml", "parts/a.yaml")
    assert kinds() == ["INPUT", "CONV", "RELU", "FC"]


def test_the_folder_itself_may_be_a_link():
    write(real__net="blocks: {from: a.yaml}\n" + NET, real__a=UNIT)
    os.symlink("real", "other")
    os.symlink("real/net.yaml", "link.yaml")
    load(Path("other/net.yaml")).check()
    with pytest.raises(ConfigError, match=r"link.yaml:1:16: blocks.from: a.yaml: there is no such"):
        load(Path("link.yaml"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"blocks: {\xff", "a.yaml:1: the file is not UTF-8 (byte 9); save it as UTF-8"),
        (b"blocks: [", "a.yaml:1:10: a value is missing here, or a bracket is not closed"),
        (b"blocks: !!python/name:os.system", "a.yaml:1:9: the tag !!python/name:os.system is not "
         "supported; remove it"),
        (b"\n" * 2**20 + b"\n", "a.yaml:1:1: the file is larger than 1 MiB; a configuration is a "
         "short text"),
        (b"blocks: {unit: RELU}\n" + b"#" * (2**20 - 50), "net.yaml:1:16: blocks.from: all files "
         "together are larger than 1 MiB"),
        (b"blocks: 3\n", "a.yaml:1:9: blocks: blocks must be a mapping, like {unit: CONV -> RELU}, "
         "not 3"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(content, message):
    write(net="blocks: {from: a.yaml}\n" + NET)
    Path("a.yaml").write_bytes(content)
    assert said()[0] == message


def test_one_budget_for_all_files():
    values = ", ".join("0" for _ in range(20_000))
    write(
        net="blocks: {from: [a.yaml, b.yaml, c.yaml]}\n" + NET,
        **{name: f"x: [{values}]\nblocks: {{{name}: RELU}}\n" for name in "abc"},
    )
    (text,) = said()
    assert text.startswith("c.yaml:1:")
    assert text.endswith("more than 50,000 values (aliases count as often as they are used)")


def test_one_budget_for_the_expressions_of_all_files():
    """A file alone spends less than a half of it."""
    long = " + ".join("1" for _ in range(13))
    variables = "".join(f"  x{i}: {long}\n" for i in range(900))
    files = {name: f"variables:\n{variables}blocks: {{{name}: RELU}}\n" for name in "abc"}
    write(net=f"blocks: {{from: a.yaml}}\n{NET.replace('unit', 'a')}", **files)
    assert said() == []
    write(net=f"blocks: {{from: [a.yaml, b.yaml, c.yaml]}}\n{NET.replace('unit', 'a-b-c')}")
    text = said()[0]
    assert text.startswith("c.yaml:")
    assert "more than 50,000 names, numbers and signs in expressions" in text


def test_so_many_files():
    names = [f"a{i}.yaml" for i in range(MAX_BLOCK_FILES + 1)]
    files = {f"a{i}": f"blocks: {{b{i}: RELU}}\n" for i in range(MAX_BLOCK_FILES + 1)}
    write(net=f"blocks: {{from: [{', '.join(names[1:])}], unit: b1}}\n{NET}", **files)
    assert kinds() == ["INPUT", "RELU", "FC"]
    write(net=f"blocks: {{from: [{', '.join(names)}], unit: b1}}\n{NET}")
    (text,) = said()
    assert text.endswith(f": blocks.from[{MAX_BLOCK_FILES}]: more than 50 files of blocks")


def test_so_many_files_one_by_the_other():
    files = {f"a{i}": f"blocks: {{from: a{i + 1}.yaml, b{i}: RELU}}\n" for i in range(60)}
    write(net=f"blocks: {{from: a0.yaml, unit: b1}}\n{NET}", **files)
    assert said() == ["a49.yaml:1:16: blocks.from: more than 50 files of blocks"]


def test_values_from_outside():
    write(
        net="blocks: {from: a.yaml}\n" + NET,
        a="blocks:\n  unit: {parameters: {K: 1}, layers: CONV(K=K)}\n",
    )

    def first(*overrides):
        spec = load(Path("net.yaml"), overrides)
        spec.check()
        return spec.layers[1]

    assert first("blocks.unit.parameters.K=5").layer.K == 5
    assert first("blocks.UNIT.parameters.K=5").layer.K == 5
    assert first("blocks.unit.layers=TANH").kind == "TANH"
    assert first("blocks.unit=TANH").kind == "TANH"
    assert first("blocks={unit: TANH}").kind == "TANH"
    (held,) = load(Path("net.yaml"), ["blocks.unit.parameters.K=5"]).overrides
    assert held.file == "1"
    assert said("blocks.unit.layers=TANHH")[0] == (
        "--set blocks.unit.layers=TANHH: blocks.unit.layers: unknown layer 'TANHH'; did you mean "
        "TANH?"
    )
    for text in ("blocks.from=b.yaml", "blocks={from: b.yaml, unit: RELU}"):
        assert (
            f"--set {text}: blocks.from: from names files with blocks, and only the file itself "
            "can; set a block by name"
        ) in said(text)


def test_a_text_from_elsewhere(tmp_path):
    """Its blocks lie beside the file that it is said to be."""
    write(parts__a=UNIT)
    text = "blocks: {from: a.yaml}\n" + NET
    load_text(text, Path("parts/net.yaml")).check()
    load_text(text, tmp_path / "parts" / "net.yaml").check()
    with pytest.raises(
        ConfigError, match=r"^net:1:16: blocks.from: a.yaml: there is no such file$"
    ):
        load_text(text, Path("net"))


def test_a_run_has_its_blocks_written_out():
    """And its record opens no other file, whoever wrote it."""
    write(net="blocks: {from: a.yaml}\n" + NET, a=UNIT)
    spec = load(Path("net.yaml"))
    graph = build(spec, None, None)
    text = dump(spec, [(node.name, node.layer) for node in graph.nodes])
    assert "blocks" not in text
    os.unlink("a.yaml")
    again = check_recorded(text, Path("net.yaml"))
    assert [(node.name, node.layer) for node in again.graph.nodes] == [
        (node.name, node.layer) for node in graph.nodes
    ]
    write(a=UNIT)
    (problem,) = check_recorded(Path("net.yaml").read_text(), Path("net.yaml")).problems
    assert str(problem) == (
        "net.yaml:1:16: blocks.from: a run's own configuration has its blocks written out, and "
        "names no file"
    )


def test_what_a_file_of_blocks_says_of_itself():
    write(net=UNIT)
    assert said() == [
        "net.yaml:1:1: architecture: architecture is missing: this file holds blocks for others; "
        "another file beside it has them by blocks: {from: net.yaml}"
    ]
    write(other="blocks: {from: net.yaml}\n" + NET)
    load(Path("other.yaml")).check()
