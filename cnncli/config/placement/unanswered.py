"""References that nothing above answers: cycles, layers below, unknown names."""

from cnncli.config.network.written import WrittenLayer
from cnncli.config.translation.several_parts import part_of
from cnncli.text import closest, short

from .references import Network

_SUGGESTIONS = 10
"""For how many unknown names a similar one is looked for, and for how many others a cycle."""


def report_open(network: Network) -> None:
    """Reports the references that nothing above answers: cycles, layers below, unknown names."""
    reads = {layer.full_name: set(layer.inputs or ()) for layer in network.layers}
    below = [
        (each, next((name for name in each.candidates if name in network.taken), None))
        for each in network.open
    ]
    for each, target in below:
        if target:
            reads.setdefault(each.name, set()).add(target)
    for number, (each, target) in enumerate(below):
        asked = str(each.reference.target)
        way = _way(target, each.name, reads) if target and number < _SUGGESTIONS else []
        if way:
            circle = " -> ".join((each.name, *way))
            message = f"a cycle: {circle}; a layer reads only layers above it"
        elif target:
            message = (
                f"'{short(asked)}' stands below; a layer reads only layers above it. Move it up"
            )
        else:
            prefix = each.name[: each.name.rfind(".") + 1]
            names = network.taken if number < _SUGGESTIONS else ()
            known = [n.removeprefix(prefix) for n in names if n.startswith(prefix)]
            hint = _part_hint(asked, prefix, network)
            if not hint:
                found = closest(asked, [name for name in known if prefix + name != each.name])
                hint = f"; did you mean {found}?" if found else ""
            where = "in this block" if prefix else "here"
            message = f"there is no layer named '{short(asked)}' {where}{hint}"
        each.asking.report_beside("from", each.reference.place, message, layer=each.name)


def _part_hint(asked: str, prefix: str, network: Network) -> str:
    """What to write for one of several outputs of a layer, `s.1`: here each has one."""
    part = part_of(asked)
    if not part or not (layer := network.taken.get(prefix + part[0])):
        return ""
    family = layer.word.family if isinstance(layer, WrittenLayer) else None
    if family and family.spelling.name == "SPLIT":
        return f"; a SPLIT gives one part: name the SPLIT of this one {part[1]}"
    return f"; a layer has one output, '{part[0]}', of which SPLIT takes a part"


def _way(start: str, end: str, reads: dict[str, set[str]]) -> list[str]:
    """The layers from `start` to `end`, each reading the next one; empty if there is no way."""
    before: dict[str, str] = {start: ""}
    for name in (queue := [start]):
        for source in sorted(reads.get(name, ())):
            if source not in before:
                before[source] = name
                queue.append(source)
    way: list[str] = []
    while end and end in before:
        way.append(end)
        end = before[end]
    return way[::-1]
