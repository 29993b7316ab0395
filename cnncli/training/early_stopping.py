"""Ends a run when a metric has not improved for some epochs."""

from cnncli.config.train import EarlyStopping

from .state import Watch


def observe(rule: EarlyStopping, watch: Watch, value: float) -> None:
    """Notes an epoch's value; sets `watch.stopped` when patience has run out."""
    mode = rule.mode or ("max" if rule.metric.endswith("accuracy") else "min")
    gain = None if watch.best is None else (value - watch.best) * (1 if mode == "max" else -1)
    if gain is None or gain > rule.min_delta:
        watch.best, watch.waited = value, 0
    else:
        watch.waited += 1
    watch.stopped = watch.waited >= rule.patience
