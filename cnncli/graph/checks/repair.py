"""What is wrong with a network, and fixes that are tried on the whole of it before they are named.

A change of one value that undoes a fault and mends everything is the answer to the first problem,
from which the others follow. Else problems are looked at from the top. A change is listed as a fix
if the problem is gone with it, no problem is new, and together with the first fix of every other
problem the whole network fits. A problem that goes away with the fixes of one above it was its mere
consequence: not reported.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from cnncli.geometry import Volume
from cnncli.problems import Fix, Problem

from .candidates import Change
from .orders import depth_first
from .remedies import describe
from .single_changes import CURE, Single, single_changes
from .trials import SCORES, Problems, Trials

_MILD = (("P", "fit"), ("F", "S", "groups", "K", "kind", "from"), ("size",))
"""Kinds of changes, from those of a layer's rim to that of everything."""
_LISTED = 6
"""How many fixes of a problem are listed: more are not read."""
_BOLD = 2
"""How unusual a change may be that comes before those of several layers."""


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
    """Every layer whose problem is no consequence of another, with its fixes, the likeliest first.

    From the top of the network; SCORES comes last.
    """
    singles = single_changes(trials) if trials.base.errors else []
    mended = _try_singles(trials, singles)
    if mended and singles[0].strangeness <= CURE:
        first = min(trials.base.errors)
        fixes = {first: tuple(_fix(trials, first, each) for each in mended[:_LISTED])}
        if SCORES in mended[0].after:
            fixes[SCORES] = _fix_scores(trials, {first: mended})
        return fixes
    survey = _survey(trials)
    kept = {
        index: [each for each in tried if _adds_none(trials, each, survey)]
        for index, tried in survey.kept.items()
    }
    found = _keep_compatible(trials, kept, survey.causes)
    for problem, cause in survey.causes.items():
        if not found.get(cause):
            found[problem] = []  # nothing takes it away
    if mended:
        found = _with_singles(trials, found, mended, singles[0].strangeness)
    fixes = {
        at: tuple(_fix(trials, at, each) for each in found[at][:_LISTED]) for at in sorted(found)
    }
    if SCORES in survey.remaining:
        fixes[SCORES] = _fix_scores(trials, found)
    return fixes


def doubt_order(trials: Trials) -> Iterator[Problem]:
    """The warning that the depth was written first, where that fits by chance."""
    doubt = depth_first(trials.blueprint.layers)
    if doubt is None or trials.problems(trials.base) or trials.blueprint.contexts[0].image:
        return
    problem, change = doubt
    if not trials.problems(trials.infer([change])):
        tried = _Tried(change, change.value, frozenset(), frozenset())
        yield replace(problem, fixes=(_fix(trials, 0, tried),))


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
        if trials.attempt([change], "local", problems - same) is None:
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

    Numbers in another order are no other numbers, and come first. What the mildest kind of change
    takes away with the problem was a consequence of it. A change that leaves even less (another
    size of the images may do so) mends independent problems too.
    """
    orders = [each for each in found if each.change.is_order]
    for kind in (orders, *([e for e in found if e.change.field in fields] for fields in _MILD)):
        if after := [each.after for each in kind]:
            least = min(after, key=len)
            fitting = [each for each in found if each.after <= least]
            return sorted(fitting, key=lambda e: (e not in orders, e.after != least))
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


def _try_singles(trials: Trials, singles: list[Single]) -> list[_Tried]:
    """The changes as they are tried on the first problem."""
    found: list[_Tried] = []
    first = min(trials.base.errors, default=SCORES)
    for single in singles:
        seen = trials.infer([single.change])
        output, alone = seen.volumes[first], trials.problems(seen)
        if len(found) == _LISTED:
            break
        if output and alone <= {SCORES} & trials.problems(trials.base):
            found.append(_Tried(single.change, output, alone, alone))
    return found


def _with_singles(
    trials: Trials, found: dict[int, list[_Tried]], mended: list[_Tried], strangeness: float
) -> dict[int, list[_Tried]]:
    """The fixes of layers, with changes anywhere that mend everything: for the first problem.

    Other problems keep what goes together with the first of them; without any they only followed.
    """
    first = min(found)
    partial = [each for each in found[first] if not each.alone <= {SCORES}]
    if partial and strangeness > _BOLD:
        known = {(_text(trials, each.change), each.change.value) for each in found[first]}
        others = [tried[0] for at, tried in found.items() if at != first and tried]
        more = [
            each
            for each in mended
            if (_text(trials, each.change), each.change.value) not in known
            and all(_goes_with(trials, each, other) for other in others)
        ]
        return {
            **found,
            first: [*found[first][: _LISTED - 2], *more[:2], *found[first][_LISTED - 2 :]],
        }
    best = mended[0]
    kept = {
        at: [each for each in tried if _goes_with(trials, best, each)]
        for at, tried in found.items()
        if at != first
    }
    kept = {at: tried for at, tried in kept.items() if tried}
    reported = {first, *kept, SCORES}
    for at, tried in kept.items():
        if _is_shown_before(trials, at, first):
            tried.insert(0, best)
    return {first: [*mended, *(each for each in partial if each.alone <= reported)], **kept}


def _goes_with(trials: Trials, best: _Tried, each: _Tried) -> bool:
    if _text(trials, best.change) == _text(trials, each.change):
        return False
    return trials.problems(trials.infer([best.change, each.change])) <= {SCORES}


def _is_shown_before(trials: Trials, at: int, other: int) -> bool:
    """Whether a problem stands further up in the file."""
    places = [trials.blueprint.layers[index].place for index in (at, other)]
    one, two = ((place.line or 0, place.column or 0) for place in places)
    return one < two


def _fix_scores(trials: Trials, kept: dict[int, list[_Tried]]) -> tuple[Fix, ...]:
    """The right number of class scores, if it is that alone, and with all other first fixes."""
    change = trials.scores
    if change is None:
        return ()
    seen = trials.infer([change])
    first = [tried[0].change for tried in kept.values() if tried]
    hopeless = {index for index, tried in kept.items() if not tried}
    alone = trials.problems(seen)
    layer = trials.blueprint.layers[change.at].layer
    at = change.at if layer and layer.is_classifier else len(seen.volumes) - 1
    output = seen.volumes[at]
    if not output or not alone <= trials.problems(trials.base) - {SCORES}:
        return ()
    if not trials.problems(trials.infer([*first, change])) <= hopeless:
        return ()
    return (_fix(trials, at, _Tried(change, output, alone, frozenset())),)


def _text(trials: Trials, change: Change) -> Any:
    """Where in the file a change is written; two first fixes never meet there."""
    return trials.constant(change)


def _fix(trials: Trials, index: int, tried: _Tried) -> Fix:
    """A change with which the layer at the index fits, in words and as an edit."""
    change, layers = tried.change, trials.blueprint.layers
    text = describe(change, index, layers)
    return Fix(text, str(tried.output), change.note, trials.write(change))
