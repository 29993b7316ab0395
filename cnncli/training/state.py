"""Where a run stands: everything that changes from step to step besides the arrays."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from cnncli.bounds import MAX_COUNT, MAX_SUM
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

    def observe(self, rule: EarlyStopping, value: float) -> None:
        """Notes an epoch's value; sets `stopped` when patience has run out."""
        mode = rule.mode or ("max" if rule.metric.endswith("accuracy") else "min")
        gain = None if self.best is None else (value - self.best) * (1 if mode == "max" else -1)
        if gain is None or gain > rule.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        self.stopped = self.waited >= rule.patience


@dataclass
class Progress:
    """Kept in every checkpoint, so that a resumed run goes on in the middle of an epoch."""

    step: Count = 0
    """Steps done."""
    sums: Sums = field(default_factory=Sums)
    watch: Watch = field(default_factory=Watch)
    best_accuracy: Fraction | None = None
    """The best validation accuracy; the best checkpoint's."""
    rollbacks: Count = 0
    """How often the run has gone back after its numbers went wrong."""
    lr_factor: Annotated[Fraction, Field(gt=0)] = 1.0
    """What that has made of the learning rate."""
    finished: bool = False
    finished_at: Count | None = None
    """The step at which it was finished, of a run that has since been set going again."""

    def __post_init__(self) -> None:
        if self.finished:
            self.finished_at = self.step
