"""Names that others gave: no terminal obeys them, and no server that logs a build."""

import ast
import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from types import SimpleNamespace

import numpy as np
import pytest

import cnncli
from cnncli.text import ForeignPath, for_terminal, json_text, printable
from tests.cli.commands import DATA, call, write_npz
from tests.hostile.forged_checkpoint import about, forged, replaced

NET = "architecture: INPUT(8x8x1)-CONV3-4-RELU-FC-3\n"
FAULTY = "architecture: INPUT(8x8x1)-CONV(F=3,S=2,P=0)-FC-3\n"
TINY = "train: {epochs: 1, batch_size: 32, threads: 1}\n"
DIGITS = f"data: {{name: digits, root: {DATA}, limit: 64, validation: 32}}\n"
NAMES = [
    "x\n::error::newline", "::error::y", "  ::set-output name=a::b", "##[error]y",
    "a ##vso[task.x]b", "##teamcity[x]", "a\x1b[2Jb", "a\rb", "a\x85::error::b",
    "a\u2028::error::b", "\u202egnp.x",
    "\udcff\x1b[31m", "\u200d::error::y", "#\u200d#[error]y", "a\tb\x7f", "\n\n::error::newline",
]  # fmt: skip
SOURCE = Path(cnncli.__file__).parent
FOLDER_PARTS = ("train", "test")
FORMATS = ("text", "csv", "json", "jsonl")


def assert_harmless(result, *, annotations=False):
    """All that a command has printed, and that it did not end with an error of ours."""
    text = result.stdout + result.stderr
    assert result.exit_code != 70, text
    assert "Traceback" not in text
    for line in text.split("\n"):
        assert not line.startswith("?:error::newline"), "a name is on one line"
        assert line.replace("\t", "").isprintable() or "\u200d" in line, repr(line)
        bare = line.replace("\u200d", "")
        assert not re.search(r"##\w*\[", bare), repr(line)
        if annotations and (found := re.match(r"::(error|warning) (.*?)::", line)):
            for field in found[2].split(","):
                assert re.fullmatch(r"\w+=([^:,%]|%(25|0D|0A|3A|2C))*", field), repr(line)
        else:
            assert not bare.strip().startswith("::"), repr(line)
    return result


def try_all(*commands, annotations=False):
    """Runs commands, of which each may end as it likes, but not badly."""
    return [assert_harmless(call(*command), annotations=annotations) for command in commands]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no.gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


@pytest.fixture(params=NAMES, ids=ascii)
def name(request):
    return request.param


def test_configurations(folder, name):
    valid, faulty, gone = f"{name}.yaml", f"{name}-f.yaml", f"{name}-g.yaml"
    Path(valid).write_text(NET)
    Path(faulty).write_text(FAULTY)
    (folder / "configs").mkdir()
    (folder / "configs" / valid).write_text(FAULTY)
    (folder / name).mkdir()
    files = [valid, faulty, gone]
    formats = ["json", "sarif", "text"]
    try_all(
        ["shapes"],
        ["shapes", name],
        *(["shapes", "--format", style, *files] for style in formats),
        *([command, file] for command in ("graph", "time", "train") for file in (faulty, gone)),
        *(["graph", valid, "--format", style] for style in ("text", "mermaid", "dot")),
        ["shapes", valid, "--explain", "conv1", "--sizes"],
        ["shapes", valid, "--explain", name],
        ["shapes", valid, "--columns", name],
        ["diff", valid, faulty],
        ["diff", valid, valid],
        ["diff", valid, valid, "--json"],
        ["diff", gone, f"HEAD:{gone}"],
        ["diff", f"{name}:{name}", valid],
        ["time", valid, "--steps", 1, "--batch", 2, "--threads", 1],
        ["time", valid, "--steps", 1, "--batch", 2, "--threads", 1, "--json"],
        ["train", valid, "--smoke", "--threads", 1, "--out", f"{name}-smoke"],
        ["eval", f"{name}-smoke"],
        ["data", "info", valid],
        ["data", "verify", gone],
        ["convert", valid, "--fc-to-conv", "--out", name],
        ["convert", valid, "--fc-to-conv", "--out", f"{name}-c.yaml"],
        ["convert", valid, "--conv-to-fc", "--out", f"{name}-d.yaml"],
        ["shapes", "--fix", "9", faulty],
        ["shapes", "--fix", name],
        ["shapes", "--fix", faulty],
        ["shapes", faulty, "--format", "text"],
    )
    Path(faulty).write_text(FAULTY)
    try_all(["shapes", "--format", "github", *files], annotations=True)


def test_names_are_true_in_json_and_in_annotations(folder):
    name = "x\n::error::y, 5%.yaml"
    Path(name).write_text(FAULTY)
    found = json.loads(assert_harmless(call("shapes", "--json", name)).stdout)
    assert found["file"] == name
    for hostile in NAMES:
        assert json.loads(json_text([hostile])) == [hostile]
        assert for_terminal(json_text([hostile])) == json_text([hostile])
    (line,) = call("shapes", "--format", "github", name).stdout.splitlines()
    assert line.startswith("::error file=x%0A%3A%3Aerror%3A%3Ay%2C 5%25.yaml,line=1,col=")


def test_revisions(folder, name):
    if "\udcff" in name:
        pytest.skip("a message of git's that is no text")
    Path(f"{name}.yaml").write_text(FAULTY)
    for arguments in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *arguments], check=True, timeout=60)
    try_all(
        ["diff", f":{name}.yaml", f":{name}.yaml"],
        ["diff", f":{name}-g.yaml", f"{name}:{name}.yaml"],
        ["diff", f":./{name}/../{name}", ":/x"],
    )


def test_runs(folder, name):
    config = f"{name}.yaml"
    Path(config).write_text(DIGITS + "architecture: INPUT-FC\n" + TINY)
    begin = ["train", config, "--out", name, "--max-steps", 1]
    last = f"{name}/last.safetensors"
    try_all(
        begin,
        begin,
        ["train", config, "--out", name, "--resume"],
        ["train", config, "--out", name, "--resume"],
        ["eval", name],
        ["eval", last, "--json"],
        ["eval", last, "--data", name],
        ["eval", config],
        ["eval", f"{name}/{name}"],
        ["report", name],
        ["report", name, "--out", f"{name}.html", "--figures", f"{name}-figures", "--with", name],
        ["report", name, "--out", config],
        ["report", config],
        ["demo", "--out", f"{name}-demo.html", "--figures", config],
        ["convert", name, "--fc-to-conv", "--out", f"{name}.safetensors"],
        ["train", config, "--max-steps", 1, "--quiet"],
        ["train", config, "--preview"],
        ["train", config, "--out", config],
        ["train", config, "--out", f"{config}/x"],
    )
    whole = Path(last).read_bytes()
    for content in (whole[:-1], b"", whole.replace(b"SGD", b"XXX")):
        Path(last).write_bytes(content)
        (Path(name) / "best.safetensors").unlink(missing_ok=True)
        try_all(["eval", name], ["train", config, "--out", name, "--resume"])
    values = about(whole)
    for path, new in (
        (("data", "name"), name),
        (("data", "stand_in_for"), name),
        (("data", "classes"), [name, *map(str, range(9))]),
        (("algorithms",), {name: name}),
        (("config",), values["config"].replace("name: ", f"name: {json.dumps(name)} ", 1)),
        (("config",), f"{name}: {name}"),
    ):
        Path(last).write_bytes(forged(whole, replaced(values, path, new)))
        try_all(["eval", last], ["report", last, "--out", "page.html"])
        try_all(["train", config, "--out", name, "--resume"])


def test_images(folder, name):
    image = pytest.importorskip("PIL.Image")
    for part in FOLDER_PARTS:
        for kind in (name, "dog"):
            (folder / "own" / part / kind).mkdir(parents=True)
            for i in range(3):
                pixels = np.full((4, 4), 9 * i, np.uint8)
                image.fromarray(pixels).save(folder / "own" / part / kind / f"{i}.png")
    text = "data: {name: folder, root: own}\narchitecture: INPUT-FC\n" + TINY
    Path("c.yaml").write_text(text)
    try_all(
        ["data", "info", "c.yaml"],
        ["data", "info", "c.yaml", "--json"],
        ["data", "info", "c.yaml", "--sheet", f"{name}.png"],
        ["data", "info", "c.yaml", "--sheet", f"{name}/x.png"],
        ["data", "verify", "c.yaml"],
        ["train", "c.yaml", "--out", "run"],
        ["eval", "run"],
        *(["predict", "run", "own", "--format", style] for style in FORMATS),
        ["eval", "run", "--predictions", f"{name}.csv"],
        ["report", "run", "--image", f"own/test/{name}/0.png"],
        ["eval", "run", "--data", "own", "--json"],
        ["eval", "run", "--data", f"own/test/{name}"],
        ["eval", "run", "--data", "own/train", "--predictions", name],
    )
    (folder / "own" / "test" / f"{name}2").mkdir()
    image.new("L", (4, 4)).save(folder / "own" / "test" / f"{name}2" / "0.png")
    shutil.copytree("own/test", f"{name}-set")
    sets = ("own", f"{name}-set")
    try_all(
        ["eval", "run"], ["eval", "run", "--json"], *(["eval", "run", "--data", s] for s in sets)
    )
    if "\udcff" not in name:  # which is refused
        found = json.loads(call("eval", "run", "--data", sets[1], "--json").stdout)
        assert found["left_out"] == {f"{name}2": 1}
    os.rename("own/train/dog/0.png", f"own/train/dog/{name}.png")
    try_all(
        *(["predict", "run", "own/train", "--top", 2, "--format", style] for style in FORMATS),
        ["predict", "run", "own/train", "--out", name],
        ["predict", "run", f"{name}.png", f"{name}.npz", name, f"{name}/"],
    )
    (folder / "own" / "train" / "dog" / f"{name}.png").write_bytes(b"xx")
    try_all(["data", "info", "c.yaml"], ["train", "c.yaml", "--out", "other"])
    (folder / "own" / "train" / f"{name}2").mkdir()
    try_all(["data", "info", "c.yaml"])


def test_files_of_data(folder, name):
    write_npz(folder / f"{name}.npz")
    Path("broken.npz").write_bytes(b"PK")
    (folder / name).mkdir()
    (folder / name / "train-images-idx3-ubyte").write_bytes(b"xx")
    for kind, root in (("npz", f"{name}.npz"), ("npz", name), ("idx", name), ("folder", name)):
        Path("c.yaml").write_text(
            f"data: {{name: {kind}, root: here}}\narchitecture: INPUT-FC\n" + TINY
        )
        root = f"data.root={json.dumps(root)}" if "\udcff" not in root else f"data.root={root}"
        try_all(
            ["shapes", "c.yaml", "--set", root],
            ["train", "c.yaml", "--set", root, "--out", kind],
            ["train", "c.yaml", "--set", f"data.classes=[{json.dumps(name)}]", "--set", root],
        )
        try_all(["data", "info", "c.yaml", "--root", name], ["data", "verify", "c.yaml"])
    np.savez(folder / f"{name}-b.npz", **{"x": np.zeros(3)})
    Path("c.yaml").write_text("data: {name: npz, root: x}\narchitecture: INPUT-FC\n" + TINY)
    try_all(["data", "info", "c.yaml", "--root", f"{name}-b.npz"])


def test_texts_in_a_configuration(folder, name):
    quoted = json.dumps(name)
    for text in (
        f"architecture: [input: 8x8x1, {{name: {quoted}, conv: 3}}, fc: 3]\n",
        f"architecture: [input: 8x8x1, {{conv: 3, from: {quoted}}}, fc: 3]\n",
        f"architecture: [input: 8x8x1, {{{quoted}: 3}}, fc: 3]\n",
        f"architecture: [input: 8x8x1, {{conv: {{{quoted}: 3}}}}, fc: 3]\n",
        f"architecture: {quoted}\n",
        f"architecture: INPUT(8x8x1)-CONV{quoted}\n",
        f"variables: {{{quoted}: 3}}\n{NET}",
        f"variables: {{a: {quoted}}}\narchitecture: INPUT(8x8x1)-[FC]*a-FC-3\n",
        f"blocks: {{{quoted}: CONV}}\n{NET}",
        f"defaults: {{{quoted}: 3}}\n{NET}",
        f"{NET}{quoted}: 3\n",
        f"name: {quoted}\n{NET}",
        f"{NET}train: {{optimizer: {quoted}}}\n",
        f"{NET}train: {{groups: [{{layers: {quoted}, lr: 2}}]}}\n",
        f"{NET}train: {{early_stopping: {{metric: {quoted}}}}}\n",
        f"{NET}data: {quoted}\n",
        f"{NET}data: {{name: {quoted}, root: {quoted}}}\n",
        f"{NET}data: {{name: npz, root: {quoted}, classes: [{quoted}, {quoted}]}}\n",
        f"{NET}limits: {{{quoted}: {quoted}}}\n",
        f"{NET}{name.encode(errors='ignore').decode()}\n",
    ):
        Path("c.yaml").write_text(text)
        try_all(
            ["shapes", "c.yaml"],
            ["shapes", "c.yaml", "--json"],
            ["shapes", "c.yaml", "--format", "sarif"],
            ["graph", "c.yaml"],
            ["graph", "c.yaml", "--format", "dot"],
            ["graph", "c.yaml", "--format", "mermaid"],
            ["train", "c.yaml", "--out", "run", "--no-download"],
        )
        try_all(["shapes", "c.yaml", "--format", "github"], annotations=True)


def test_arguments(folder, name):
    Path("c.yaml").write_text(NET)
    try_all(
        [name],
        [f"--{name}"],
        ["shapes", f"--{name}"],
        ["shapes", "c.yaml", "--format", name],
        ["shapes", "c.yaml", "--batch", name],
        ["train", "c.yaml", "--threads", name],
        ["train", "c.yaml", name],
        ["data", name],
        ["data", "info", name],
        ["data", "fetch", name],
        ["data", "fetch", "mnist", "--mirror", name],
        ["data", "fetch", "mnist", "--mirror", f"file:///{name}", "--root", name],
        ["data", "fetch", "mnist", "--mirror", f"https://{name}", "--root", "a"],
        ["data", "info", "cifar10", "--root", name],
        ["data", "verify", "cifar10", "--root", name],
        ["data", "list", "--root", name],
        ["convert", "c.yaml", "--fc-to-conv", "--image", name, "--out", "d.yaml"],
        *(
            ["shapes", "c.yaml", "--set", text]
            for text in (name, f"{name}=1", f"train.{name}=1", f"name={name}", f"data={name}")
        ),
    )


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_an_error_of_ours(monkeypatch, folder, name, debug):
    def fail(*arguments):
        raise RuntimeError(name)

    monkeypatch.setattr("cnncli.cli.shapes.files_of", fail)
    result = call("shapes", *debug)
    assert result.exit_code == 70
    assert ("Traceback" in result.stderr) == bool(debug)
    stderr = result.stderr.replace("Traceback", "").replace("newline", "")  # of the traceback
    assert_harmless(SimpleNamespace(exit_code=1, stdout=result.stdout, stderr=stderr))


@pytest.mark.parametrize(
    "variable",
    ["CNN_DATA", "CNN_DATA_MIRROR", "OMP_NUM_THREADS", "https_proxy", "TMPDIR"],
)
def test_the_environment(folder, monkeypatch, name, variable):
    monkeypatch.setenv(variable, name)
    try_all(
        ["info"],
        ["info", "--json"],
        ["data", "list"],
        ["data", "info", "cifar10"],
        ["data", "fetch", "mnist", "--root", "a", *mirror(variable)],
    )


def mirror(variable):
    """Where nothing is, without a question to the network."""
    return [] if variable == "CNN_DATA_MIRROR" else ["--mirror", "file:///nowhere"]


@pytest.mark.parametrize("status", [403, 302])
def test_what_a_server_answers(folder, name, status):
    said = name.encode("utf-8", "surrogateescape").replace(b"\n", b" ").replace(b"\r", b" ")

    class Answer(StreamRequestHandler):
        def handle(self):
            while self.rfile.readline().strip():
                pass
            head = b"HTTP/1.1 %d %s\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
            self.wfile.write(head % (status, said, said))

    with TCPServer(("localhost", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://localhost:{server.server_address[1]}"
        try_all(["data", "fetch", "mnist", "--mirror", address, "--root", "a", "--no-progress"])
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "name",
    [
        "größe äöü.yaml",
        "漢字 テスト",
        "😀👨‍👩‍👧❤️",
        "a b\u3000c",
        "x:y",
        "#1 #2",
        "a::b",
        "# x[1]",
        "नमस्ते\u200c",
    ],
)
def test_harmless_names_stay(name):
    assert printable(name) == for_terminal(name) == f"{ForeignPath(name)}" == name


@pytest.mark.parametrize(
    ("name", "in_a_message", "printed"),
    [
        ("x\n::error::y", "x?::error::y", "x\n?:error::y"),
        ("::error::y", "::error::y", "?:error::y"),
        ("\t ::error::y", "? ::error::y", "\t ?:error::y"),
        ("a ##[error]y", "a ##[error]y", "a ?#[error]y"),
        ("###[x]", "###[x]", "#?#[x]"),
        ("##vso[x]", "##vso[x]", "?#vso[x]"),
        ("a\x1b[2Jb\x07\x9b", "a?[2Jb??", "a?[2Jb??"),
        ("\u202ea\u2066\udcff\u2028", "?a???", "?a???"),
    ],
)
def test_what_is_put_in_the_place_of_a_command(name, in_a_message, printed):
    assert printable(name) == in_a_message
    assert for_terminal(name) == printed


def test_a_foreign_path_is_a_path():
    path = ForeignPath("a\nb") / "c\x1b"
    assert f"{path}" == "a?b/c?"
    assert f"{path.parent:>5}" == "  a?b"
    assert str(path) == os.fspath(path) == "a\nb/c\x1b"
    assert path == Path("a\nb/c\x1b")
    for made in (path.resolve(), path.with_name("x\n"), path.parent, path.absolute()):
        assert type(made) is ForeignPath


SOURCES = sorted(SOURCE.rglob("*.py"))
PRINTERS = {"cli/echo.py", "report/progress.py"}


def calls(source):
    """The calls in a module: the function's name, and the call."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_is_printed_by_another_way(source):
    if str(source.relative_to(SOURCE)) not in PRINTERS:
        names = {name for name, _ in calls(source)}
        assert not names & {"print", "click.echo", "click.secho", "click.style", "echo_via_pager"}
        assert not {name for name in names if re.match(r"sys\.std(out|err)\.write", name)}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_paths_of_others_are_foreign(source):
    """A path is made of a text that is not our own nowhere else than as a ForeignPath."""
    if source.name in ("cifar_pickle.py", "files.py", "session.py"):  # whose are in no message
        return
    for name, node in calls(source):
        if name in ("Path", "FilePath", "pathlib.Path") and node.args:
            assert isinstance(node.args[0], ast.Constant), ast.unparse(node)
