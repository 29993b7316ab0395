"""What is wrong with a network, and fixes that are tried on the whole of it before they are named.

Problems are looked at from the top. A change is listed as a fix if the problem is gone with it, no
problem is new, and together with the first fix of every other problem the whole network fits. A
problem that goes away with the fixes of one above it was its mere consequence: not reported.
"""

from typing import NamedTuple

from cnncli.geometry import Volume
from cnncli.problems import Edit, Fix

from .candidates import Change
from .trials import SCORES, Problems, Trials

_MILD = (("P", "fit"), ("F", "S", "groups", "K"), ("size",))
"""Kinds of changes, from those of a layer's rim to that of everything."""


class _Tried(NamedTuple):
    """A change of a layer, which then gives `output`."""

    change: Change
    output: Volume
    alone: Problems
    """The problems that remain with it."""
    after: Problems
    """Those that remain with it and the first fixes of the problems above."""


class _Survey(NamedTuple):
    """What became of every problem, from the top.

    kept: the problems with their changes. causes: each mere consequence with its cause. remaining:
    the problems that the first changes leave.
    """

    kept: dict[int, list[_Tried]]
    causes: dict[int, int]
    remaining: Problems


def find_fixes(trials: Trials) -> dict[int, tuple[Fix, ...]]:
    """Every layer whose problem is no consequence of another, with its fixes, the smallest first.

    From the top of the network; SCORES comes last.
    """
    survey = _survey(trials)
    kept = {
        index: [each for each in tried if _adds_none(trials, each, survey)]
        for index, tried in survey.kept.items()
    }
    found = _keep_compatible(trials, kept, survey.causes)
    for problem, cause in survey.causes.items():
        if not found.get(cause):
            found[problem] = []  # nothing takes it away
    fixes = {at: tuple(_fix(trials, each) for each in found[at]) for at in sorted(found)}
    if SCORES in survey.remaining:
        fixes[SCORES] = _fix_scores(trials, found)
    return fixes


def _survey(trials: Trials) -> _Survey:
    problems = current = trials.problems(trials.base)
    chosen: list[Change] = []
    kept: dict[int, list[_Tried]] = {}
    causes: dict[int, int] = {}
    while remaining := current - kept.keys() - {SCORES}:
        if trials.budget["local"] < 0:
            kept |= {index: [] for index in remaining}
            break
        at = min(remaining)
        tried = _try_changes(trials, at, problems, current, chosen)
        kept[at] = tried
        if tried:
            chosen.append(tried[0].change)
            causes |= dict.fromkeys(current - tried[0].after - {at}, at)
            current = tried[0].after
    return _Survey(kept, causes, current)


def _try_changes(
    trials: Trials, index: int, problems: Problems, current: Problems, chosen: list[Change]
) -> list[_Tried]:
    """The changes that remove the problem and add none, alone and with those chosen above.

    A repeated layer has one text: what mends it must do so wherever it is wrong.
    """
    found = []
    same = problems.intersection(trials.copies(index))
    taken = {_text(trials, change) for change in chosen}
    for change in trials.candidates(index, problems, chosen):
        if trials.budget["local"] < 0:
            break
        if _text(trials, change) in taken:
            continue
        seen = trials.infer([change], "local")
        alone = trials.problems(seen)
        output = seen.volumes[index]
        if not output or not alone <= problems - same:
            continue
        after = trials.problems(trials.infer([*chosen, change], "local")) if chosen else alone
        if after <= current - same:
            found.append(_Tried(change, output, alone, after))
    return _keep_most_effective(found)


def _keep_most_effective(found: list[_Tried]) -> list[_Tried]:
    """Those with which the fewest problems remain, the most local ones first.

    What the mildest kind of change takes away with the problem was a consequence of it. A change
    that leaves even less (another size of the images may do so) mends independent problems too.
    """
    for kind in _MILD:
        if after := [each.after for each in found if each.change.field in kind]:
            least = min(after, key=len)
            fitting = [each for each in found if each.after <= least]
            return sorted(fitting, key=lambda each: each.after != least)
    return []


def _adds_none(trials: Trials, each: _Tried, survey: _Survey) -> bool:
    """Whether what remains with a change would be reported without it too."""
    if any(survey.causes.get(rest, rest) not in each.alone for rest in each.alone):
        return False  # a consequence that remains without its cause would be a new problem
    if each.alone.isdisjoint(survey.causes):
        return True
    if trials.budget["local"] < 0:
        return False
    reported = _survey(trials.within(each.change)).kept
    listed = {trials.text(index) for index in survey.kept}
    return all(trials.text(index) in listed for index in reported)


def _keep_compatible(
    trials: Trials, kept: dict[int, list[_Tried]], causes: dict[int, int]
) -> dict[int, list[_Tried]]:
    """The changes that, beside every other first fix, leave only problems without any fix."""
    while True:
        first = {index: tried[0].change for index, tried in kept.items() if tried}
        hopeless = {index for index, tried in kept.items() if not tried} | {SCORES}
        hopeless |= {problem for problem, cause in causes.items() if cause in hopeless}
        passed = {
            index: [each for each in tried if _works(trials, each, index, first, hopeless)]
            for index, tried in kept.items()
        }
        if all(tried[:1] == passed[index][:1] for index, tried in kept.items()):
            return passed
        kept = passed


def _works(
    trials: Trials, each: _Tried, index: int, first: dict[int, Change], hopeless: set[int]
) -> bool:
    others = [change for other, change in first.items() if other != index]
    taken = {_text(trials, change) for change in others}
    if trials.budget["together"] < 0 or _text(trials, each.change) in taken:
        return False
    return trials.problems(trials.infer([*others, each.change], "together")) <= hopeless


def _fix_scores(trials: Trials, kept: dict[int, list[_Tried]]) -> tuple[Fix, ...]:
    """The right number of class scores, if it is that alone, and with all other first fixes."""
    change = trials.scores
    if change is None:
        return ()
    seen = trials.infer([change])
    first = [tried[0].change for tried in kept.values() if tried]
    hopeless = {index for index, tried in kept.items() if not tried}
    alone = trials.problems(seen)
    output = seen.volumes[change.at]
    if not output or not alone <= trials.problems(trials.base) - {SCORES}:
        return ()
    if not trials.problems(trials.infer([*first, change])) <= hopeless:
        return ()
    return (_fix(trials, _Tried(change, output, alone, frozenset())),)


def _text(trials: Trials, change: Change) -> tuple[object, str]:
    """Where in the file a change is written; two first fixes never meet there."""
    return trials.text(change.at), change.field


def _fix(trials: Trials, tried: _Tried) -> Fix:
    index, name, value, _, note = tried.change
    written = trials.blueprint.layers[index]
    shown = "INPUT" if name == "size" else name
    site = written.site
    places = (written.place, written.places.get(name, written.place))
    overridden = any(place.line is None for place in places)
    edit = Edit(site.path, site.offset, name, value, site.file) if site and not overridden else None
    return Fix(f"{shown}: {value}", str(tried.output), note, edit)
