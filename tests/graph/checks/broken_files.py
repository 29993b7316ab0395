"""Networks with one value replaced by another that occurs in them, and what the doctor prescribes.

`python -m tests.graph.checks.broken_files` prints the figures, for each kind of value, of the
networks that the ranking was made with; with `held-out`, of those that were left aside. A network
is called by its path: two folders have files of the same name, and files of blocks lie beside one.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, NamedTuple

from cnncli.check.check import check_text
from cnncli.check.result import Checked
from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.config.specification import Specification
from cnncli.geometry import Padding
from cnncli.problems import ConfigError, Problem

SEED = 22
FILES = 300
KINDS = ("K", "F", "S", "P", "size")
FOLDERS = (Path("configs"), Path("tests/graph/networks"))
RANKED_WITH = frozenset(
    ["alexnet_groups", "allcnn_c", "cifar", "cifar10_full", "cifar_94", "convnext_t", "crelu",
     "darknet19", "densenet121", "efficientnet_b0", "googlenet", "inceptionv3", "mnasnet",
     "mobilenet", "nin_cifar", "notes", "regnetx400", "resnet18", "resnet50", "resnet56",
     "squeezenet", "tiny", "vgg19", "vggbn", "wrn28_10"]
)  # fmt: skip
"""The half, drawn with the seed, of the networks that there were when the ranking was made."""
_VALUE = re.compile(r"\d+(?:x\d+)*|\bglobal\b|\bsame\b")
_TRIES = 40


class Broken(NamedTuple):
    """A file with one value replaced: the kind of the value, the text, and what was there."""

    network: str
    kind: str
    text: str
    original: str
    change: str


class Verdict(NamedTuple):
    """What the fixes of a broken file are worth.

    rank: of the first fix that gives the original network, from 0; None: none does. fair: none
    before it changes more values, or a layer further away. restored: `--fix` gives the original.
    """

    broken: Broken
    rank: int | None
    fair: bool
    restored: bool
    fixes: int
    seconds: float
    whole: float
    """Seconds for the original."""
    shown: tuple[str, ...]


@cache
def network(name: str) -> str:
    return Path(name).read_text()


@cache
def whole(text: str, name: str) -> Checked:
    return check_text(text, Path(name))


def names() -> list[str]:
    """The networks without errors, in an order that only the seed and their names decide."""
    found = sorted(str(file) for folder in FOLDERS for file in folder.glob("*.yaml"))
    valid = [name for name in found if whole(network(name), name).valid]
    Random(SEED).shuffle(valid)
    return valid


def halves() -> tuple[list[str], list[str]]:
    """The networks that the ranking was made with, and those that were left aside.

    In neither is what is called like one that it was made with: it may be the same network.
    """
    found = names()
    known = [_bare(name) for name in RANKED_WITH]
    used = [name for name in found if Path(name).stem in RANKED_WITH]
    aside = [
        name
        for name in found
        if not any(_bare(Path(name).stem).startswith(one) for one in known)
        and not any(one.startswith(_bare(Path(name).stem)) for one in known)
    ]
    return used, aside


def _bare(stem: str) -> str:
    return stem.replace("_", "")


def broken_files(among: Sequence[str], count: int, seed: int = SEED) -> Iterator[Broken]:
    """So many files with an error, as many of each kind of value as possible."""
    random = Random(seed)
    seen: set[str] = set()
    while len(seen) < count:
        kind = KINDS[len(seen) % len(KINDS)]
        name = random.choice(among)
        found = _break(name, kind, random)
        if found and found.text not in seen:
            seen.add(found.text)
            yield found


def _break(name: str, kind: str, random: Random) -> Broken | None:
    text = network(name)
    spec = _load(text, name)
    assert spec
    tokens = [
        found for found in _VALUE.finditer(text) if "#" not in text[: found.start()].split("\n")[-1]
    ]
    tokens = [found for found in tokens if kind != "size" or found[0].count("x") == 2]
    values = _values(spec)
    for token in random.sample(tokens, min(_TRIES, len(tokens))):
        pool = values[kind] if random.random() < 0.5 else set().union(*values.values())
        new = random.choice(sorted(pool or values["K"]))
        if kind == "size":
            new = _resize(token[0], new, random)
        if new == token[0]:
            continue
        changed = text[: token.start()] + new + text[token.end() :]
        if _kinds(spec, _load(changed, name)) != {kind}:
            continue
        if not any(problem.is_error for problem in check_text(changed, Path(name)).problems):
            continue
        line = text.count("\n", 0, token.start()) + 1
        return Broken(name, kind, changed, text, f"line {line}: {token[0]} -> {new}")
    return None


def _resize(size: str, value: str, random: Random) -> str:
    """A size with both sides replaced, or one of its three numbers."""
    number = value.split("x")[0]
    if not number.isdigit():
        return size
    parts = size.split("x")
    for at in random.choice([(0, 1), (0, 1), (0,), (1,), (2,)]):
        parts[at] = number
    return "x".join(parts)


def _load(text: str, name: str) -> Specification | None:
    try:
        return load_text(text, Path(name))
    except ConfigError:
        return None


def _values(spec: Specification) -> dict[str, set[str]]:
    """The values that occur in a network, as they are written, by kind."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for written in spec.layers:
        for kind in KINDS:
            value = getattr(written.layer, kind, None)
            if kind == "size" and value:
                found[kind] |= set(map(str, value))
            elif value is not None and not (isinstance(value, Padding) and "{" in str(value)):
                found[kind].add(str(value))
    return found


def _kinds(before: Specification, after: Specification | None) -> set[str] | None:
    """Which hyperparameters differ; None where anything else does."""
    if after is None or any(problem.is_error for problem in after.problems):
        return None
    rows = [[(each.name, each.kind, each.inputs) for each in s.layers] for s in (before, after)]
    if rows[0] != rows[1] or before.fit != after.fit or before.train != after.train:
        return None
    kinds: set[str] = set()
    for old, new in zip(before.layers, after.layers, strict=True):
        kinds |= changed_fields(old.layer, new.layer)
    return kinds


def changed_fields(old: Any, new: Any) -> set[str]:
    return {
        field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name)
    }


def is_same(one: Checked, other: Checked) -> bool:
    """Whether two files give the same network: layers, values and volumes."""
    if not one.graph or not other.graph or not one.valid:
        return False
    seen = [[(n.layer, n.inputs, n.out_shape) for n in c.graph.nodes] for c in (one, other)]
    return seen[0] == seen[1]


def judge(broken: Broken) -> Verdict:
    start = process_time()
    checked = check_text(broken.text, Path(broken.network))
    seconds = process_time() - start
    start = process_time()
    check_text(broken.original, Path(broken.network))
    whole_seconds = process_time() - start
    listed = [(problem, fix) for problem in checked.problems for fix in problem.fixes]
    rank = None
    measures = []
    for number, (problem, fix) in enumerate(listed):
        is_here = fix.edit and not any(edit.file for edit in (fix.edit, *fix.edit.also))
        text = apply_edit(broken.text, fix.edit) if fix.edit and is_here else broken.text
        measures.append(_measure(broken, problem, text))
        if _gives(broken, text):
            rank = number
            break
    fair = rank is not None and all(
        values <= measures[rank][0] and far <= measures[rank][1] for values, far in measures
    )
    first = next((fix for _, fix in listed if fix.edit), None)
    restored = bool(rank == 0 and first is listed[0][1])
    shown = tuple(f"{p.layer}: {p.message.splitlines()[0]} | {fix}" for p, fix in listed)
    if not listed:
        shown = tuple(f"NO FIX {p.layer}: {p.message}" for p in checked.problems)
    return Verdict(broken, rank, fair, restored, len(listed), seconds, whole_seconds, shown)


def _gives(broken: Broken, text: str) -> bool:
    if text == broken.original:
        return True
    return is_same(check_text(text, Path(broken.network)), whole(broken.original, broken.network))


def _measure(broken: Broken, problem: Problem, text: str) -> tuple[int, int]:
    """How many values of the text differ, and how far from the problem the nearest layer is."""
    before, after = (_load(each, broken.network) for each in (broken.text, text))
    assert before
    assert after
    at = next((i for i, w in enumerate(before.layers) if w.name == problem.layer), 0)
    old = {written.name: written.layer for written in before.layers}
    added = [written for written in after.layers if written.name not in old]
    distances = [
        abs(i - at)
        for i, written in enumerate(before.layers)
        if any(a.name == written.name and a.layer != written.layer for a in after.layers)
    ]
    values = sum(
        one != other for one, other in zip(_tokens(broken.text), _tokens(text), strict=False)
    )
    return (values if not added else 1 + len(added) * 2), min(distances, default=0)


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\w.]+", text)


def figures(verdicts: Sequence[Verdict]) -> str:
    """A table: how many files, in how many the original is among the fixes, fair, first."""
    lines = [f"{'kind':6} {'files':>5} {'among':>6} {'fair':>6} {'first':>6} {'fixes':>6}"]
    for kind in (*KINDS, "all"):
        of = [each for each in verdicts if kind in (each.broken.kind, "all")]
        if not of:
            continue
        shares = [
            sum(each.rank is not None for each in of) / len(of),
            sum(each.fair for each in of) / len(of),
            sum(each.rank == 0 for each in of) / len(of),
        ]
        shown = " ".join(f"{share:6.0%}" for share in shares)
        count = sum(each.fixes for each in of) / len(of)
        lines.append(f"{'INPUT' if kind == 'size' else kind:6} {len(of):5} {shown} {count:6.1f}")
    ratios = sorted(each.seconds / each.whole for each in verdicts)
    seconds = sorted(each.seconds for each in verdicts)
    lines.append(
        f"time of the whole file's, in one process: median {ratios[len(ratios) // 2]:.1f}, "
        f"most {ratios[-1]:.1f}; {seconds[-1]:.2f} s at most"
    )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    count = next((int(a) for a in arguments if a.isdigit()), FILES)
    among = halves()["held-out" in arguments] if "all" not in arguments else names()
    verdicts = []
    for broken in broken_files(among, count):
        verdict = judge(broken)
        verdicts.append(verdict)
        if "-v" in arguments:
            print(verdict.rank, verdict.fair, f"{verdict.seconds:.3f}", broken[:2], broken.change)
            for line in verdict.shown[:8]:
                print("     ", line, flush=True)
    print(figures(verdicts))


if __name__ == "__main__":
    main(sys.argv[1:])
