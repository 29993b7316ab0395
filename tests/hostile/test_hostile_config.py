"""Configuration files made to hurt: each is refused in a line with its place, soon and cheaply."""

import json
from pathlib import Path

import pytest

from cnncli.config.network.names import usual_names
from cnncli.text import join_words

NET = "architecture: INPUT(8x8x1)-FC-2\n"
MIB = 2**20


def laughs(levels, inner, join):
    """Every level repeats the one before it nine times."""
    return "".join(
        f"a{i}: &a{i} {join(', '.join([f'*a{i - 1}'] * 9)) if i else inner}\n"
        for i in range(levels)
    )


def keys(count, indent=""):
    return "".join(f"{indent}k{i}: 1\n" for i in range(count))


def chain(count, last):
    """Blocks that each use the next one, written as `last` says."""
    return "".join(f"  b{i}: {last(f'b{i + 1}')}\n" for i in range(count)) + f"  b{count}: RELU\n"


def listed(block):
    return "[" * 40 + block + "]" * 40


def grouped(block):
    return "'" + "[" * 45 + block + "]" * 45 + "'"


def relus(count):
    return "[" + "-".join(["RELU"] * count) + "]*0"


def sets(layers, parameter=str, quote="'"):
    """A block with the layers, used with as many sets of parameters as there may be."""
    uses = "-".join(f"b(K={parameter(i)})" for i in range(2_000))
    return (
        f"blocks:\n  b: {{parameters: {{K: 1}}, layers: {quote}{layers}{quote}}}\n"
        f"architecture: INPUT(8x8x1)-{uses}\n"
    )


CASES = {
    "nine levels of nine": laughs(9, "[x]", lambda inner: f"[{inner}]"),
    "merged levels": laughs(9, "{k: 1}", lambda inner: f"{{<<: [{inner}]}}"),
    "too many values": "a: [" + "x, " * 300_000 + "]",
    "a line of a MiB": "name: " + "x" * (MIB - 10),
    "a pattern of a MiB": "architecture: " + "CONV-" * 200_000 + "FC",
    "open brackets": "architecture: '" + "[" * 100_000 + "'",
    "open arguments": "architecture: CONV" + "(" * 500_000,
    "open parentheses": "architecture: '" + "(" * 1_000_000 + "'",
    "nested parentheses": f"architecture: 'INPUT(8x8x1)-CONV({'(' * 500_000}{')' * 500_000})'",
    "words as arguments": "architecture: 'CONV(" + "a," * 400_000 + ")'",
    "nested arguments": "architecture: INPUT(8x8x1)-CONV(K=" + "[" * 9_000 + "]" * 9_000 + ")-FC-2",
    "a word of a MiB": "architecture: INPUT(8x8x1)-" + "A" * 1_000_000,
    "many layers": "architecture: [" + "relu, " * 99_000 + "]",
    "many pairs": "a: [" + "{k, l}, " * 50_000 + "]",
    "tabs": "\t" * 1_000_000,
    "a long key": "a " * 500_000 + ": b",
    "ten thousand levels": "- " * 10_000 + "x",
    "a billion layers": "architecture: 'INPUT(8x8x1)-[CONV]*1000000000'",
    "repeats in repeats": "architecture: 'INPUT(8x8x1)-" + "[" * 20 + "RELU" + "]*9" * 20 + "'",
    "repeats of nothing": "architecture: '[[[[RELU]*0]*5000]*5000]*5000'",
    "blocks of nothing": "blocks:\n"
    + "".join(f"  b{i}: b{i + 1}-b{i + 1}\n" for i in range(30))
    + "  b30: '[RELU]*0'\narchitecture: b0\n",
    "a pattern by aliases": f'architecture:\n- input: 8x8x1\n- &p "{relus(4_000)}"\n'
    + "- *p\n" * 4_900,
    "a long text by aliases": f'a: &a "{"x" * 900_000}"\nb: [' + "*a, " * 20_000 + f"]\n{NET}",
    "bells by aliases": 'a: &a "' + r"\x07" * 200_000 + '"\nb: [' + "*a, " * 900 + f"]\n{NET}",
    "keys by aliases": f"&a {'k' * 500}: 1\nb:\n" + "- *a : 1\n" * 15_000,
    "many patterns": "architecture:\n- input: 8x8x1\n" + f'- "{relus(2_000)}"\n' * 100,
    "lists of nothing": "architecture:\n- input: 8x8x1\n"
    + f"- {{layers: [{'relu, ' * 4_900}], repeat: 0}}\n" * 10,
    "sets of a pattern": sets(relus(400)),
    "sets of a list": sets("[{repeat: 0, layers: [" + "relu, " * 4_000 + "]}]", quote=""),
    "sets of unknown words": sets("-".join(f"q{i}" for i in range(900))),
    "sets of a long word": sets("q" * 500_000),
    "sets of spaces": sets("[RELU" + " " * 500_000 + "]*0"),
    "sets of a long value": sets("[CONV(K=[" + "1," * 20_000 + "])]*0"),
    "long parameters": f"variables: {{V: [{'1, ' * 20_000}]}}\n"
    + sets("[CONV(K=K)]*0", lambda i: "V"),
    "values without keys": "architecture: INPUT(8x8x1)-CONV(" + "{}," * 349_000 + "1)",
    "values given twice": "architecture: INPUT(8x8x1)-CONV(" + "K=[1]," * 174_000 + "F=3)",
    "a long repeat": f'variables: {{V: "{"9" * 500_000}"}}\n'
    f'architecture: "{"[RELU]*V-" * 5_000}FC"',
    "a long switch": f'variables: {{RELU: "{"o" * 900_000}"}}\narchitecture: "'
    "INPUT(8x8x1)-" + "RELU?-" * 5_000 + 'FC"',
    "many groups": "train: {groups: [" + "{layers: conv}, " * 9_000 + f"]}}\n{NET}",
    "a long name in a group": f"train: {{groups: [layers: {'g' * 900_000}]}}\n{NET}",
    "branches": "architecture:\n- {input: 32x32x3, name: i}\n"
    + "- {conv: {F: 5}, from: i}\n" * 1_500
    + "- fc: 2\n",
    "a long alias": "- *" + "a" * (MIB - 10),
    "a long tag": "- !" + "a" * (MIB - 10) + " x",
    "a long name of a variable": "architecture: INPUT(8x8x1)-[RELU]*" + "N" * 900_000 + "-FC",
    "a long name": f"architecture: [input: 8x8x1, {{fc: 2, name: {'n' * 900_000}}}]",
    "a long source": f"architecture: [input: 8x8x1, {{fc: 2, from: {'n' * 900_000}}}]",
    "a long path": f"data: {{name: folder, root: {'x/' * 400_000}}}\n{NET}",
    "a path with a zero": f'data: {{name: folder, root: "\\0"}}\n{NET}',
    "blocks in blocks": f"blocks:\n{chain(3000, str)}architecture: b0\n",
    "lists in blocks": f"blocks:\n{chain(40, listed)}architecture: b0\n",
    "groups in blocks": f"blocks:\n{chain(40, grouped)}architecture: b0\n",
    "many inputs": "architecture:\n- input: 8x8x1\n- {relu: , name: r}\n- layers:\n"
    "  - {add: , from: [" + "r, " * 900 + "]}\n  repeat: 4000\n",
    "more inputs": "architecture: [input: 8x8x1, {add: , from: [" + "r, " * 20_000 + "]}]\n",
    "unknown keys": keys(24_000) + NET,
    "keys given twice": "a: 1\n" * 24_000 + NET,
    "unknown keys of train": f"train:\n{keys(24_000, '  ')}{NET}",
    "unknown layers": "architecture: " + "q-" * 12_000 + "FC",
    "unknown layers, many blocks": f"blocks:\n{keys(24_000, '  ').replace('1', 'RELU')}"
    "architecture: " + "-".join(f"z{i}" for i in range(2_000)),
    "variables": f"variables:\n{keys(24_000, '  ')}architecture: '[RELU]*k1'\n",
    "parameters": "blocks:\n  b: {layers: RELU, parameters: ["
    + ", ".join(f"p{i}" for i in range(20_000))
    + "]}\narchitecture: INPUT-b\n",
    "wrong defaults": "defaults: {conv: {K: [" + "0, " * 49_000 + "]}}\n" + NET,
    "names of classes": "data: {name: idx, root: nowhere, classes: ["
    + ", ".join(f"c{i % 45_000}" for i in range(45_001))
    + f"]}}\n{NET}",
    "unknown names": "architecture:\n- input: 8x8x1\n"
    + "".join(f"- {{relu: , from: a{i}}}\n" for i in range(4_900)),
    "tags": "".join(f"%TAG !a{i}! b\n" for i in range(60_000)) + f"---\n{NET}",
    "a number of a MiB": "architecture: INPUT(8x8x1)-CONV(K=" + "9" * 1_000_000 + ")-FC-2",
    "digits beyond Python's limit": "architecture: INPUT(" + "9" * 5_000 + "x8x1)-FC-2",
    "a glued number": "architecture: INPUT(8x8x1)-CONV" + "9" * 5_000 + "-8-FC-2",
    "a long glued number": "architecture: INPUT(8x8x1)-CONV" + "3" * 1_000_000,
    "infinite epochs": f"{NET}train: {{epochs: 1e999}}\n",
    "a limit beyond numbers": f"{NET}limits: {{train_memory: {'9' * 5_000} KB}}\n",
    "threads": f"{NET}train: {{batch_size: 999999999, threads: 999999999}}\n",
    "a huge image": "architecture: INPUT(1000000x1000000x3)-FC-2",
    "a huge filter": "architecture: INPUT(33x33x1)-CONV(F=" + "9" * 17 + ")-FC-2",
    "a huge padding": "architecture: INPUT(33x33x1)-POOL(P=" + "9" * 17 + ")-FC-2",
    "huge maps": "architecture: INPUT(8x8x1)-[UPSAMPLE]*4000-FC-2",
    "huge weights": "architecture: INPUT(9999x9999x1)-FC-999999-FC-2",
}


def doubling(levels, parts):
    """Blocks in each other, whose two parameters are each made of both of those around."""
    made = {"K": "K+J", "J": "K-J"}
    uses = "".join(
        f"  b{i}: {{parameters: [K, J], layers: 'b{i + 1}(K={made['K']}, J={made['J']})'}}\n"
        for i in range(levels)
    )
    last = f"  b{levels}: {{parameters: [K, J], layers: '{parts}'}}\n"
    return f"blocks:\n{uses}{last}architecture: INPUT(8x8x1)-b0(K=input.D, J=input.W)-FC-2\n"


CASES |= {
    "sizes that double": doubling(22, "RELU(if=K < J)-CONV(K=K/J)"),
    "sizes of many layers": "architecture: 'INPUT(8x8x1)-[CONV1(K=input.D+1, if=input.D < 90)"
    "-RELU(if=input.W < 8)-BN(if=input.D*input.W/7 < 1e4)]*1600-CONV(K=input.D/7)-FC-2'",
    "conditions of many groups": "architecture: 'INPUT(8x8x1)-"
    + "[" * 40 + "RELU(if=input.D > 1)" + "](if=input.D == 1)" * 40 + "-CONV(K=input.D/7)-FC-2'",
    "many names left out": "architecture: 'INPUT(8x8x1)-[RELU(name=a)](if=input.D > 1)*4000"
    "-CONV(from=a4000, K=input.D/7)-FC-2'",
    "too many that may be left out": "architecture: 'INPUT(8x8x1)-[RELU(if=false)]*4999-FC-2'",
    "long expressions": "variables: {C: 1}\narchitecture:\n- input: 8x8x1\n"
    + "".join(f"- conv: {n}+{'C+' * 230}1\n" for n in range(2000)),
    "variables of all above": "variables:\n"
    + "".join(f"  v{n}: 1{''.join(f'+v{i}' for i in range(max(0, n - 80), n))}\n"
              for n in range(1000)) + "architecture: INPUT(8x8x1)-CONV(K=v999)-FC-2",
    "rows of parameters": "blocks:\n  b0: {parameters: &p {p0: 1, " + ", ".join(
        f"p{n}: p{n - 1}+1" for n in range(1, 99)) + "}, layers: [conv: p98+1/2]}\n"
    + "".join(f"  b{n}: {{parameters: *p, layers: [b{n - 1}: {{p0: p98}}]}}\n"
              for n in range(1, 45)) + "architecture: 'INPUT(8x8x1)-[b44(p0=2)]*1000-FC-2'",
    "sizes that grow": "architecture: 'INPUT(8x8x2)-[CONV1(K=input.D*input.D)]*9-FC-2'",
}  # fmt: skip

SAYS = dict(
    line.replace("{LAYERS}", join_words(usual_names())).split(": ", 1)
    for line in (Path(__file__).parent / "says.txt").read_text().splitlines()
)
"""The first line of what is said of each case, after the file's name."""


@pytest.fixture
def said(refused, tmp_path):
    """What `cnn shapes` says of a configuration, which is called f.yaml."""

    def run(content, *options):
        path = tmp_path / "f.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        text = refused(2, "shapes", path, *(options or ["--quiet"]))
        return text.replace(f"{tmp_path}/", "")

    return run


@pytest.mark.parametrize("name", CASES)
def test_refused(said, name):
    assert said(CASES[name]).splitlines()[0] == f"f.yaml:{SAYS[name]}"


def test_a_bomb_costs_nothing(measured, calibration, tmp_path):
    """A quarter of the smallest command, and 50 MB beyond what a file with nothing in it takes."""
    plain, bomb = tmp_path / "plain.yaml", tmp_path / "bomb.yaml"
    plain.write_text(NET)
    bomb.write_text(CASES["nine levels of nine"])
    before, result = (measured("shapes", "--quiet", path) for path in (plain, bomb))
    assert (before.status, result.status) == (0, 2)
    assert result.seconds < calibration / 4
    assert result.mebibytes - before.mebibytes < 50


def test_a_doubled_cost_is_refused(refused, calibration, tmp_path):
    """What takes more than half of the bound passes; twice as much does not."""
    path = tmp_path / "f.yaml"
    path.write_text(CASES["nine levels of nine"])
    command = 2, "shapes", "--quiet", path
    refused(*command, at_least=5 * calibration)
    with pytest.raises(AssertionError, match="s are over"):
        refused(*command, at_least=10 * calibration)


def test_only_so_many_problems_are_told(said):
    lines = said(CASES["unknown keys"]).splitlines()
    told = [line for line in lines if line.startswith("f.yaml")]
    assert len(told) == 1001
    assert told[-1] == "f.yaml:1001:1: more than 1,000 problems; these are the first"


LAST = "1:1: the file is empty; it needs an architecture"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (bytes(range(256)) * 4_000, "2: the file is not UTF-8 (byte 128); save it as UTF-8"),
        (NET.encode("utf-16"), "1: the file is not UTF-8 (byte 0); save it as UTF-8"),
        (NET.encode("utf-32"), "1: the file is not UTF-8 (byte 0); save it as UTF-8"),
        (NET.encode() + b"name: \xe9", "2: the file is not UTF-8 (byte 38); save it as UTF-8"),
        (
            NET.encode() + "name: \ud800".encode("utf-8", "surrogatepass"),
            "2: the file is not UTF-8 (byte 38); save it as UTF-8",
        ),
        (
            NET.encode("utf-16-le"),
            "1:2: the character U+0000 is not allowed in a text; remove it",
        ),
        (b"\0" * 100, "1:1: the character U+0000 is not allowed in a text; remove it"),
        (b"\xef\xbb\xbf", LAST),
        ("a: b\x85c\n".encode(), "1:6: a ':' is missing after this key"),
        (
            "a\u2028b".encode(),
            "1:1: the file must be a mapping, like 'architecture: INPUT-CONV-RELU-POOL-FC', "
            "not 'a\\u2028b'",
        ),
        (
            b"#" * MIB + b"#",
            "1:1: the file is larger than 1 MiB; a configuration is a short text",
        ),
    ],
    ids=range(11),
)
def test_what_is_no_text(said, content, says):
    assert said(content).splitlines()[0] == f"f.yaml:{says}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("=" * 100_000, f"{'=' * 200} ...: write --set key.path=value, like --set train.epochs=5"),
        (
            "a." * 50_000 + "b=1",
            f"{'a.' * 100} ...: more than 50 levels inside each other; make it flatter",
        ),
        (
            "a=" + "[" * 100_000,
            f"a={'[' * 198} ...: more than 50 levels inside each other; make it flatter",
        ),
        ("a=&a [*a]", "a=&a [*a]: '*a' stands inside the value that it refers to"),
        (
            "a=!!python/object/apply:os.system [ls]",
            "a=!!python/object/apply:os.system [ls]: the tag !!python/object/apply:os.system is "
            "not supported; remove it",
        ),
        (
            "train.epochs=" + "9" * 100_000,
            f"train.epochs={'9' * 187} ...: train.epochs: epochs must be a whole number of at "
            "least 1, not inf",
        ),
        ("name=\udcff\x1b[31m", "name=??[31m: the character U+DCFF is not allowed in a text"),
        (
            "\udcff=1",
            "?=1: '\\udcff': unknown key '\\udcff'; the keys here are name, data, architecture, "
            "defaults, blocks, variables, fit, train and limits",
        ),
        (
            f"architecture.{'9' * 5_000}.K=1",
            f"architecture.{'9' * 187} ...: the architecture is a pattern, not a list; set "
            "defaults.conv.K instead",
        ),
        (
            f'a=[&p "{"x" * 60_000}", {"*p, " * 15_000}]',
            f'a=[&p "{"x" * 193} ...: more than 1,048,576 characters (aliases count as often as '
            "they are used)",
        ),
    ],
    ids=range(10),
)
def test_overrides(said, text, says):
    assert said(NET, "--quiet", "--set", text) == f"--set {says}\n"


def test_many_overrides_of_a_large_file(said):
    texts = [text for i in range(500) for text in ("--set", f"variables.k{i}=[1, {{a: 2}}]")]
    text = said(f"variables:\n{keys(24_000, '  ')}{NET}", "--quiet", *texts)
    assert "24,000 variables; at most 1,000" in text


def test_a_path_that_can_not_be_is_the_one_fault(said):
    _, *lines = said(CASES["a path with a zero"]).splitlines()
    assert all(line.startswith("  |") for line in lines)


def test_programs_are_told_as_few_problems(said):
    found = json.loads(said(CASES["branches"], "--json"))["problems"]
    assert len(found) == 1_001
    assert found[-1]["message"] == "more than 1,000 problems; these are the first"
