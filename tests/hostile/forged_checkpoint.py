"""Checkpoints with values of one's own in their header, sealed again as a forger would."""

import hashlib
import json
import struct
from copy import deepcopy

NASTY = [
    None, True, False, 0, -1, 1, 3, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 10**30,
    0.5, -0.0, -1.5, 1e-320, 5e-324, 1e-40, 1e38, 1e308, -1e308, float("nan"), float("inf"),
    float("-inf"), "", "nope", "x" * 300, "x" * 100_000, "a\n::error::b", "\x1b[2J\u202e", "\ud800",
    "../../x", [], [None], [0.0], [1e308], [float("nan")], [1e-320], ["a"] * 3, [[]] * 3,
    [0.1] * 70_000, {}, {"": ""}, {"conv1": "nope"}, {"conv1": 1}, {"nope": "direct"},
    {str(i): "direct" for i in range(20_000)},
]  # fmt: skip
"""What no header should hold at most of its places."""


def parts(content):
    """A file's header as JSON, and the bytes after it."""
    end = 8 + struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:end]), content[end:]


def sealed(header, rest):
    """The file with that header, its own digest right."""
    header = deepcopy(header)
    header["__metadata__"]["header_sha256"] = "0" * 64
    text = json.dumps(header, separators=(",", ":")).encode()
    blank = struct.pack("<Q", len(text)) + text
    return blank.replace(b"0" * 64, hashlib.sha256(blank).hexdigest().encode()) + rest


def forged(content, text):
    """The file with another text of the checkpoint in it; text: JSON, or what is made such."""
    header, rest = parts(content)
    written = text if isinstance(text, str) else json.dumps(text)
    header["__metadata__"]["cnncli"] = written
    return sealed(header, rest)


def about(content):
    """The checkpoint's own text, as values."""
    return json.loads(parts(content)[0]["__metadata__"]["cnncli"])


def paths(value, path=()):
    """The path of every value inside a value, the shallow ones first; of a list one element."""
    if path:
        yield path
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value[:1])
        for key, element in inside:
            yield from paths(element, (*path, key))


def replaced(value, path, new):
    """A copy of the value with another one at the path; a missing one: ... (Ellipsis)."""
    value = deepcopy(value)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if new is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return value
