"""What is wrong with the shapes of a network, each problem with fixes that were tried."""

from collections.abc import Iterator
from dataclasses import replace

from cnncli.config.network.rewiring import Wiring
from cnncli.config.specification import LayerSpec, Specification
from cnncli.geometry import Volume
from cnncli.layers.base import Context
from cnncli.layers.fitting import complete
from cnncli.problems import Fix, Problem

from .checks import network_rules
from .checks.repair import doubt_order, find_fixes
from .checks.trials import SCORES, Trials
from .shape_inference import Blueprint, Inference


def diagnose(
    spec: Specification, blueprint: Blueprint, base: Inference, classes: int | None
) -> Iterator[Problem]:
    """Why layers do not fit, or the number of scores is wrong, and whether the depth comes first.

    base: what the blueprint gives as it is. classes: None where no data set gives them.
    """
    trials = Trials(
        blueprint,
        base,
        lambda seen: network_rules.scores_problem(spec, seen, classes) is not None,
        Wiring.of(spec),
        network_rules.scores_change(spec, classes),
    )
    for at, fixes in find_fixes(trials).items():
        yield from _problem(at, fixes, spec, trials, classes)
    yield from doubt_order(trials)


def _problem(
    at: int, fixes: tuple[Fix, ...], spec: Specification, trials: Trials, classes: int | None
) -> Iterator[Problem]:
    """Why a layer, or SCORES, does not fit; not where that only follows from the data's problem."""
    base, contexts = trials.base, trials.blueprint.contexts
    if at == SCORES:
        if problem := network_rules.scores_problem(spec, base, classes):
            yield replace(problem, fixes=fixes)
        return
    written, error = spec.layers[at], base.errors[at]
    if network_rules.is_data_wrong(spec) and _needs_data(written, contexts[at]):
        return
    message = f"{error}{_origins(written, spec, base)}"
    if min(trials.budget.values()) < 0 and not fixes:
        message += "\nNot all fixes were looked for: there are too many problems."
    yield written.problem(message, error.field, fixes=fixes)


def _needs_data(written: LayerSpec, context: Context) -> bool:
    """Whether the layer could be completed only if the data set were known."""
    known = context._replace(image=Volume(1, 1, 1), outputs=1)
    return bool(complete(written.layer, context)[1] and not complete(written.layer, known)[1])


def _origins(written: LayerSpec, spec: Specification, base: Inference) -> str:
    """Where each of several volumes comes from, a line each."""
    if written.layer is None or not written.layer.is_join:
        return ""
    places = {layer.name: layer.place for layer in spec.layers}
    known = [name for name in written.inputs or () if name in base.outputs]
    return "".join(f"\n{base.outputs[n]} comes from '{n}', {places[n]}." for n in known)
