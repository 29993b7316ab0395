"""Tables of what launchers of MPI deliver, from the measurements in benchmarks/launchers.jsonl."""

import json
import re
from collections.abc import Iterable
from statistics import median
from typing import Any

from tests.docs.measured_tables import BENCHMARKS, table

Try = dict[str, Any]
SHORT = 0.1
"""Seconds that are not told: what comes within them comes at once."""
_ENDS = re.compile(r"(a rank exits with |a rank calls MPI_Abort\(|all ranks end with )(\d+)(\)?)")


def signals() -> str:
    """What reaches the ranks when the launcher, or a rank, is sent a signal."""
    found = {case: of_case for case, of_case in _cases().items() if not _ENDS.match(case)}
    launchers = _launchers()
    rows = [(case, *_cells(of_case, launchers)) for case, of_case in found.items()]
    return table(("what is done", *launchers), rows)


def statuses() -> str:
    """The launcher's exit status, when ranks end by themselves with one."""
    kinds: dict[str, list[str]] = {}
    for case in _cases():
        if end := _ENDS.match(case):
            kinds.setdefault(f"{end[1]}S{end[3]}", []).append(case)
    launchers = _launchers()
    rows = []
    for kind, cases in kinds.items():
        given = [match[2] for case in cases if (match := _ENDS.match(case))]
        cells = []
        for launcher in launchers:
            tries = [_cases()[case].get(launcher, []) for case in cases]
            shown = " / ".join(_status(of_case) for of_case in tries)
            cells.append(f"{shown}{_after([one for of_case in tries for one in of_case])}")
        rows.append((f"{kind}: S = {' / '.join(given)}", *cells))
    return table(("what happens", *launchers), rows)


def _cells(of_case: dict[str, list[Try]], launchers: Iterable[str]) -> list[str]:
    return [_cell(of_case[launcher]) if launcher in of_case else "" for launcher in launchers]


def _cell(tries: list[Try]) -> str:
    """`SIGTERM after 0.3 s; gone after 0.5 s; status 1`: medians."""
    first = [one["signals"][0] for one in tries]
    got = [
        f"{name}{_after_text(median(times[place][1] for times in first))}"
        for place, (name, _) in enumerate(first[0])
        if name != "SIGCONT"
    ]
    said = [" and ".join(got) or "nothing"]
    if any(one["left"] for one in tries):
        assert all(one["left"] == len(one["signals"]) for one in tries)
        ends = tries[0]["status"] is not None
        said.append("**ranks are left**" if ends else "the run goes on")
    else:
        said.append(f"gone{_after(tries) or ' at once'}".replace(", gone", ""))
    if tries[0]["status"] is not None:
        said.append(f"status {_status(tries)}")
    return "; ".join(said)


def _after(tries: list[Try]) -> str:
    text = _after_text(median(max(one["launcher_gone"], *one["ranks_gone"]) for one in tries))
    return f", gone{text}" if text else ""


def _after_text(seconds: float) -> str:
    return "" if seconds < SHORT else f" after {seconds:.2g} s"


def _status(tries: list[Try]) -> str:
    """As a shell shows it: of a signal 128 and its number."""
    found = {one["status"] if one["status"] >= 0 else 128 - one["status"] for one in tries}
    return " or ".join(map(str, sorted(found)))


def _launchers() -> list[str]:
    return list(dict.fromkeys(one["launcher"] for one in _tries()))


def _cases() -> dict[str, dict[str, list[Try]]]:
    found: dict[str, dict[str, list[Try]]] = {}
    for one in _tries():
        found.setdefault(one["case"], {}).setdefault(one["launcher"], []).append(one)
    return found


def _tries() -> list[Try]:
    return [json.loads(line) for line in (BENCHMARKS / "launchers.jsonl").read_text().splitlines()]
