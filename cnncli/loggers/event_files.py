"""Event files of TensorBoard.

A file is a sequence of records, each an event with its length and their checksums. The messages,
the checksums and the reader are those of TensorBoard's own package; its writer is not used, as its
import starts TensorFlow where that is installed, and as it writes in a thread of its own, where
nobody would hear of an error.
"""

from __future__ import annotations

import os
import re
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any, ClassVar

from cnncli.bounds import MAX_EVENT_FILE
from cnncli.errors import UsageError
from cnncli.files import append, plain_file, remove_parts, write_whole
from cnncli.text import printable

from .logger import Line, Logger, Take

_NAME = re.compile(r"events\.out\.tfevents\.(\d{5,})\.cnn")
_SPLITS = ("train", "validation", "test")

Times = dict[tuple[int, str], float]
"""When a value was written, in seconds since 1970, by its step and its tag."""


@dataclass(frozen=True, kw_only=True)
class TensorBoard(Logger):
    """Event files of TensorBoard in the run's directory, for `tensorboard --logdir runs`."""

    name: ClassVar[str] = "tensorboard"

    def check(self) -> None:
        """Raises UsageError without TensorBoard."""
        try:
            import tensorboard.compat.proto.event_pb2
            import tensorboard.compat.tensorflow_stub.pywrap_tensorflow  # noqa: F401
        except Exception as error:  # one that is there may be of no use, as with another protobuf
            raise UsageError(
                f"train.log: tensorboard needs TensorBoard ({printable(error)}); install it: "
                "pip install 'cnncli[tensorboard]', or leave it out: --set train.log=[]"
            ) from None

    def open(self, run: Path, config: str, lines: Sequence[Line]) -> Take:
        """A file with all lines, and with the times of those that were in the former one already.

        It begins as after a restart at step 0, so that a TensorBoard that has read the former one
        forgets that. That one stays, empty: only from the end of a file does it look for the next.
        """
        named = (_NAME.fullmatch(name) for name in os.listdir(run))
        former = {int(match[1]): match[0] for match in named if match}
        last = max(former, default=0)
        times = _times(run / former[last]) if former else {}
        path = run / f"events.out.tfevents.{last + 1:05d}.cnn"
        events = [*_beginning(config), *(_event(line, times) for line in lines)]
        write_whole(path, *map(_record, events))
        if former:
            write_whole(run / former.pop(last), b"")
        remove_parts(run, former.values())
        return lambda line: append(path, _record(_event(line, {})))


def tag(kind: str, key: str) -> str:
    """What a number of a line is called: `validation/loss`, or after the kind, `step/loss`."""
    split, _, name = key.partition("_")
    return f"{split}/{name}" if split in _SPLITS and name else f"{kind}/{key}"


def _beginning(config: str) -> Iterator[Any]:
    """The version of the format, the restart at step 0, and the configuration as Markdown."""
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING

    now = time.time()
    yield Event(wall_time=now, file_version="brain.Event:2")
    yield Event(wall_time=now, session_log=SessionLog(status=SessionLog.START))
    plugin = SummaryMetadata.PluginData(plugin_name="text")
    text = TensorProto(dtype=DT_STRING, string_val=[indent(config, "    ").encode()])
    value = Summary.Value(
        tag="configuration", metadata=SummaryMetadata(plugin_data=plugin), tensor=text
    )
    yield Event(wall_time=now, summary=Summary(value=[value]))


def _event(line: Line, times: Times) -> Any:
    """The numbers of a line. times: when they were written; without them it is now."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    step, kind = line["step"], line["kind"]
    numbers = {
        tag(kind, key): value
        for key, value in line.items()
        if key not in ("epoch", "step") and type(value) in (int, float)
    }
    values = [Summary.Value(tag=name, simple_value=value) for name, value in numbers.items()]
    known = (times[step, name] for name in numbers if (step, name) in times)
    return Event(wall_time=next(known, time.time()), step=step, summary=Summary(value=values))


def _record(event: Any) -> bytes:
    """The bytes of an event in a file."""
    content = event.SerializeToString()
    length = struct.pack("<Q", len(content))
    return b"".join((length, _checksum(length), content, _checksum(content)))


def _checksum(content: bytes) -> bytes:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    return struct.pack("<I", masked_crc32c(content))


def _times(path: Path) -> Times:
    """What a file says of time, as far as it can be read."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    times: Times = {}
    with suppress(Exception):  # the end of the file, and whatever else there is
        found = plain_file(path)
        if found is None or found.st_size > MAX_EVENT_FILE:
            return times
        reader = PyRecordReader_New(str(path))
        while True:
            reader.GetNext()
            event = Event.FromString(reader.record())
            times |= {(event.step, each.tag): event.wall_time for each in event.summary.value}
    return times
