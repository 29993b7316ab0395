"""Where a run stands: everything that changes from step to step besides the arrays."""

from dataclasses import InitVar, dataclass, field
from typing import Annotated

from pydantic import Field

from cnncli.bounds import MAX_COUNT, MAX_SUM
from cnncli.config.metrics import ValidationMetric, more_is_better
from cnncli.config.train import EarlyStopping
from cnncli.engine.engine import StepResult

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NotNegative = Annotated[Finite, Field(ge=0)]
Fraction = Annotated[NotNegative, Field(le=1)]
Loss = Annotated[Finite, Field(ge=-MAX_SUM, le=MAX_SUM)]
"""As a checkpoint may hold them."""


@dataclass
class Sums:
    """Sums over the steps of the current epoch; no images: it has not begun."""

    images: Count = 0
    loss: Loss = 0.0
    correct: Count = 0
    seconds: NotNegative = 0.0
    lr: NotNegative = 0.0
    """Of the last step, and the norm of its gradient."""
    gradient_norm: NotNegative = 0.0

    def add(self, result: StepResult, seconds: float, lr: float, gradient_norm: float) -> None:
        self.lr, self.gradient_norm = lr, gradient_norm
        self.images += result.images
        self.loss += result.loss_sum
        self.correct += result.correct
        self.seconds += seconds

    def metrics(self) -> dict[str, float]:
        return {
            "train_loss": self.loss / self.images,
            "train_accuracy": self.correct / self.images,
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images / max(self.seconds, 1e-9), 1),
            "lr": self.lr,
            "gradient_norm": self.gradient_norm,
        }


@dataclass
class Watch:
    """What early stopping remembers: the best value so far, and epochs since."""

    best: Loss | None = None
    waited: Count = 0
    stopped: bool = False
    epoch: Count = 0
    """The last that was watched, from 1; 0: none yet, or by a version that did not record it."""

    def __post_init__(self) -> None:
        if self.stopped and self.best is None:
            raise ValueError("what has stopped should have a best value")

    def observe(self, rule: EarlyStopping, epoch: int, value: float) -> None:
        """Notes an epoch's value; sets `stopped` when patience has run out."""
        sign = 1 if rule.more_is_better else -1
        gain = None if self.best is None else (value - self.best) * sign
        if gain is None or gain > rule.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        self.epoch = epoch
        self.stopped = self.waited >= rule.patience


@dataclass
class Best:
    """The best network so far: by which metric of the images held out, and from which epoch.

    Of a tie the other metric decides, then the earlier epoch.
    """

    metric: ValidationMetric | None = None
    """None: accuracy, and the first epoch of a tie, by versions that recorded no metric."""
    accuracy: Fraction | None = None
    """None: there is none yet."""
    loss: Loss | None = None
    epoch: Count = 0
    """From 1. 0: there is none yet, or it is not recorded."""
    step: Count = 0
    """The last of that epoch."""

    def __post_init__(self) -> None:
        is_former = self.metric is None and self.epoch == 0 and self.loss is None
        if not is_former and len({self.accuracy is None, self.loss is None, not self.epoch}) > 1:
            raise ValueError("accuracy, loss and epoch should go together")

    def observe(self, epoch: int, step: int, loss: float, accuracy: float) -> bool:
        """Notes an epoch. Whether its network is the best so far."""
        is_better = self.accuracy is None or (
            accuracy > self.accuracy
            if self.metric is None or self.loss is None
            else self._rank(loss, accuracy) > self._rank(self.loss, self.accuracy)
        )
        if is_better:
            self.epoch, self.step, self.loss, self.accuracy = epoch, step, loss, accuracy
        return is_better

    def _rank(self, loss: float, accuracy: float) -> tuple[float, ...]:
        """The larger, the better."""
        values = {"validation_loss": loss, "validation_accuracy": accuracy}
        gains = {name: x if more_is_better(name) else -x for name, x in values.items()}
        assert self.metric
        return gains.pop(self.metric), *gains.values()


@dataclass
class Progress:
    """Kept in every checkpoint, so that a resumed run goes on in the middle of an epoch."""

    step: Count = 0
    """Steps done."""
    sums: Sums = field(default_factory=Sums)
    watch: Watch = field(default_factory=Watch)
    best: Best = field(default_factory=Best)
    """The best checkpoint's."""
    rollbacks: Count = 0
    """How often the run has gone back after its numbers went wrong."""
    lr_factor: Annotated[Fraction, Field(gt=0)] = 1.0
    """What that has made of the learning rate."""
    finished: bool = False
    finished_at: Count | None = None
    """The step at which it was finished, of a run that has since been set going again."""
    best_accuracy: InitVar[Fraction | None] = None
    """All that some versions recorded of the best network."""

    def __post_init__(self, best_accuracy: float | None) -> None:
        if self.finished:
            self.finished_at = self.step
        if best_accuracy is not None and self.best == Best():
            self.best = Best(accuracy=best_accuracy)
