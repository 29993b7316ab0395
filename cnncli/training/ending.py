"""How a run has ended: why, after which epoch, and which one had the best network."""

from typing import Any

from cnncli.config.train import EarlyStopping
from cnncli.text import count

from .state import Best, Watch


def stop_text(watch: Watch, rule: EarlyStopping | None, epochs: int) -> str | None:
    """That early stopping has ended a run of so many epochs, and why; None: it has not."""
    if rule is None or not watch.stopped:
        return None
    # versions that recorded no epochs know the value alone
    after = f" after epoch {watch.epoch} of {epochs}" if watch.epoch else ""
    since = f" in epoch {watch.epoch - watch.waited}" if watch.epoch else ""
    least = f" by more than {rule.min_delta:g}" if rule.min_delta else ""
    return (
        f"stopped early{after}: no improvement of {in_words(rule.metric)}{least} for "
        f"{count(watch.waited, 'epoch')}; the best was {watch.best:.4g}{since}"
    )


def stop_values(watch: Watch, rule: EarlyStopping | None) -> dict[str, Any] | None:
    """The same, ready for JSON."""
    if rule is None or not watch.stopped:
        return None
    best_epoch = watch.epoch - watch.waited if watch.epoch else None
    return {
        "metric": rule.metric,
        "best": watch.best,
        "best_epoch": best_epoch,
        "waited": watch.waited,
    }


def best_text(best: Best, epoch: int, epochs: int | None = None) -> str:
    """Which epoch has the best network, of so many, and by what."""
    metric = best.metric or "validation_accuracy"
    value = best.loss if metric == "validation_loss" else best.accuracy
    of = f" of {epochs}" if epochs else ""
    return f"best network: epoch {epoch}{of}, by {in_words(metric)} {value:.4f}"


def in_words(metric: str) -> str:
    """A metric's name in a sentence."""
    return metric.replace("_", " ")
