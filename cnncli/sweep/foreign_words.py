"""Words of Weights & Biases, Ray Tune and Optuna that stand in sweep files, and what to write."""

from collections.abc import Mapping
from typing import Any

from cnncli.config.source_text.dump import flow

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
    "bayes": "tpe",
    "bayesian": "tpe",
    "hyperopt": "tpe",
    "cma": "cmaes",
    "cma-es": "cmaes",
    "sobol": "quasi",
    "halton": "quasi",
    "qmc": "quasi",
    "quasirandom": "quasi",
    "quasi-random": "quasi",
    "uniform": "random",
    "brute": "grid",
}
METRICS = {
    "val_accuracy": "validation_accuracy",
    "val_acc": "validation_accuracy",
    "accuracy": "validation_accuracy",
    "val_loss": "validation_loss",
    "loss": "validation_loss",
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
            return f"write the list alone: {key}: {flow(value[word])}"
    if "value" in value:
        return f"what is the same in all trials stands in set: {{{key}: {flow(value['value'])}}}"
    for word, ours in _WORDS.items():
        if isinstance(value.get(word), list):
            return f"write {{{ours}: {flow(value[word])}}}"
    for low, high in (("min", "max"), ("low", "high"), ("lower", "upper")):
        if low in value and high in value:
            ends = [value[low], value[high]]
            whole = all(type(end) is int for end in ends)
            usual = "integers" if whole else "range"
            ours = _WORDS.get(str(value.get("distribution")), usual)
            if value.get("log") is True:
                return (
                    f"write {{integers: {flow(ends)}, log: true}}"
                    if whole
                    else (f"write {{log: {flow(ends)}}}")
                )
            return f"write {{{ours}: {flow(ends)}}}"
    return ""
