"""Words of Weights & Biases, Ray Tune and Optuna that stand in sweep files, and what to write."""

from collections.abc import Mapping
from typing import Any

from .trial import written

TOP_LEVEL = {
    "method": "write sampler: grid, random, quasi, tpe or cmaes",
    "parameters": "write space:, with dotted keys like train.optimizer.lr",
    "search_space": "write space:, with dotted keys like train.optimizer.lr",
    "metric": "write objective: validation_accuracy or validation_loss",
    "direction": "leave it out: more accuracy is better, and less loss",
    "early_terminate": "write pruner: {halving: {factor: 3, epochs: 2}}",
    "scheduler": "write pruner: {halving: {factor: 3, epochs: 2}}",
    "run_cap": "write budget: {trials: 30}",
    "n_trials": "write budget: {trials: 30}",
    "num_samples": "write budget: {trials: 30}",
    "trials": "write budget: {trials: 30}",
    "hours": "write budget: {hours: 8}",
    "timeout": "write budget: {hours: 8}",
    "program": "write base: with the configuration's file",
    "config": "write base: with the configuration's file",
    "command": "leave it out: trials are trained by `cnn sweep` itself",
    "seed": "write sampler: {random: {seed: 3}}, and set: {train.seed: 3} for training",
}
SAMPLERS = {
    **dict.fromkeys(("bayes", "bayesian", "bayesopt", "hyperopt", "gp", "optuna"), "write tpe"),
    **dict.fromkeys(("cma", "cma-es"), "write cmaes"),
    **dict.fromkeys(("sobol", "halton", "qmc", "quasirandom", "quasi-random"), "write quasi"),
}
PRUNERS = dict.fromkeys(
    ("hyperband", "asha", "sha", "successive_halving", "median", "medianstopping"),
    "write {halving: {factor: 3, epochs: 2}}",
)
METRICS = {
    **dict.fromkeys(("val_acc", "accuracy", "acc"), "write validation_accuracy"),
    **dict.fromkeys(("loss", "val/loss"), "write validation_loss"),
    **dict.fromkeys(
        ("test_accuracy", "test_loss"),
        "trials do not read the test set: write validation_accuracy or validation_loss",
    ),
    "metric": "write the name alone: validation_accuracy or validation_loss",
    "name": "write the name alone: validation_accuracy or validation_loss",
}
_WORDS = {
    "uniform": "range",
    "loguniform": "log",
    "log_uniform": "log",
    "log_uniform_values": "log",
    "randint": "integers",
    "int_uniform": "integers",
    "int": "integers",
    "float": "range",
}


def domain_remedy(key: str, value: Mapping[str, Any]) -> str:
    """What to write instead of a domain of another tool; empty where it is none."""
    for word in ("values", "choice", "grid_search", "categorical"):
        if isinstance(value.get(word), list):
            return f"write the list alone: {key}: {written(value[word])}"
    if "value" in value:
        return f"what is the same in all trials stands in set: {{{key}: {written(value['value'])}}}"
    for word, ours in _WORDS.items():
        if isinstance(value.get(word), list):
            return f"write {{{ours}: {written(value[word])}}}"
    for low, high in (("min", "max"), ("low", "high"), ("lower", "upper")):
        if low in value and high in value:
            ends = [value[low], value[high]]
            whole = all(type(end) is int for end in ends)
            usual = "integers" if whole else "range"
            ours = _WORDS.get(str(value.get("distribution")), usual)
            if value.get("log") is True:
                return (
                    f"write {{integers: {written(ends)}, log: true}}"
                    if whole
                    else (f"write {{log: {written(ends)}}}")
                )
            return f"write {{{ours}: {written(ends)}}}"
    return ""
