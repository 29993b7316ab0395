"""The `train:` section."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cnncli.bounds import MAX_NAME, MAX_NAMES, MAX_THREADS
from cnncli.layers.constraints import AfterValidator, Field, PlainValidator
from cnncli.layers.fields import Count, Init, WeightInit
from cnncli.layers.forms import Shorthand
from cnncli.loggers.logger import Logger
from cnncli.optim.averages import Average
from cnncli.optim.base import Optimizer
from cnncli.optim.class_weights import FORMS, WRITTEN, ClassWeights, read_weights
from cnncli.optim.losses import Loss, SoftmaxCrossEntropy
from cnncli.optim.schedules import Cosine, Schedule
from cnncli.optim.sgd_adam import Sgd
from cnncli.schema.kinds import Named, OneOf, Section
from cnncli.schema.number_types import Fraction, NotNegative, Positive, Ratio, Seed
from cnncli.schema.path_types import PATH
from cnncli.schema.short_forms import ShortForm

from .metrics import VALIDATION_METRICS, ValidationMetric, more_is_better
from .start import FORMS as START_FORMS
from .start import Start, read_short


@dataclass(frozen=True, kw_only=True)
class Stop(Section):
    """End the run; its last checkpoint is from before."""

    name: Literal["stop"] = "stop"


@dataclass(frozen=True, kw_only=True)
class Rollback(Section):
    """Go back to the last checkpoint, and on from there with a smaller learning rate.

    Checkpoints are those of the epochs' ends, and of interruptions.
    """

    name: Literal["rollback"] = "rollback"
    factor: Annotated[Ratio, Field(description="of the learning rate, each time")] = 0.5
    times: Annotated[Count, Field(description="how often at most, before the run ends")] = 3


DivergenceSpec = Stop | Rollback


def _names(value: Any) -> Any:
    """One name stands for a list of one."""
    return (value,) if isinstance(value, str) else value


def few_names(groups: "tuple[Group, ...]") -> "tuple[Group, ...]":
    """The groups. Raises ValueError for more names, or longer ones, than are looked for."""
    names = [name for group in groups for name in (*group.layers, *(group.arrays or ()))]
    if len(names) > MAX_NAMES:
        raise ValueError(f"{len(names):,} names; at most {MAX_NAMES} are allowed in all groups")
    if any(len(name) > MAX_NAME for name in names):
        raise ValueError(f"a name has more than {MAX_NAME} characters")
    return groups


def each_once(loggers: tuple[Logger, ...]) -> tuple[Logger, ...]:
    """The loggers. Raises ValueError where one is named twice."""
    names = [logger.name for logger in loggers]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name} stands there twice")
    return loggers


Names = Annotated[
    tuple[str, ...],
    Shorthand(_names, {"type": "string"}),
    Field(min_length=1, title="a name, or a list of names"),
]


@dataclass(frozen=True, kw_only=True)
class Group(Section):
    """Parameters with a learning rate or a weight decay of their own, or for some epochs only.

    Of several groups that name the same array the last one holds.
    """

    layers: Annotated[
        Names, Field(description="names of layers, with * for any letters, or kinds like BN")
    ] = ("*",)
    arrays: Annotated[
        Names | None, Field(description="which of their arrays, like W or b; default: all")
    ] = None
    lr: Annotated[NotNegative, Field(description="factor of the learning rate")] = 1.0
    weight_decay: Annotated[
        NotNegative | None,
        Field(description="instead of the optimizer's, for biases and normalisation too"),
    ] = None
    after: Annotated[
        NotNegative, Field(description="epochs for which they stay as they are at first")
    ] = 0.0
    until: Annotated[
        Positive | None, Field(description="epochs after which they change no more")
    ] = None


_UNNAMED = "; keys without a name change the default"


@dataclass(frozen=True, kw_only=True)
class EarlyStopping(Section):
    """End the run when a recorded metric has not improved for `patience` epochs."""

    metric: Annotated[str, Field(description="any metric of an epoch")] = "validation_loss"
    patience: Annotated[Count, Field(description="epochs without an improvement")] = 5
    min_delta: Annotated[NotNegative, Field(description="what counts as an improvement")] = 0.0
    mode: Annotated[
        Literal["min", "max"] | None,
        Field(description="which way is better; default: max for accuracies, else min"),
    ] = None

    @property
    def more_is_better(self) -> bool:
        """Of the metric."""
        return self.mode == "max" if self.mode else more_is_better(self.metric)


@dataclass(frozen=True, kw_only=True)
class TrainSpec(Section):
    """How the network is trained."""

    epochs: Annotated[Count, Field(description="passes over the training set")] = 10
    batch_size: Annotated[Count, Field(description="images in a step")] = 128
    last_batch: Annotated[
        Literal["short", "drop", "wrap"],
        Field(
            description="of an epoch, where images remain: those, none, or those and the "
            "first of the epoch again"
        ),
    ] = "short"
    accumulate: Annotated[
        Count,
        Field(
            description="parts in which a batch is computed, one after another, for less memory; "
            "the statistics of BATCHNORM are then those of a part"
        ),
    ] = 1
    seed: Annotated[
        Seed,
        Field(
            description="of every random choice, but for which images are held out: that is "
            "data.split_seed",
        ),
    ] = 0
    threads: Annotated[
        Annotated[Count, Field(le=MAX_THREADS)] | None,
        Field(description="default: the cores this process may use"),
    ] = None
    kernels: Annotated[
        Literal["auto", "direct", "winograd", "measured"],
        Field(description="how convolutions are computed; `measured` times all at the start"),
    ] = "auto"
    loss: Annotated[Loss, OneOf(Loss), Field(description=f"what is minimised{_UNNAMED}")] = (
        SoftmaxCrossEntropy()
    )
    class_weights: Annotated[
        Annotated[ClassWeights, PlainValidator(read_weights), WRITTEN] | None,
        Field(
            title=FORMS,
            description="how much an image's loss counts in training, by its class; balanced: so "
            "that each class counts alike. The mean over a batch is the sum of weight times loss "
            "by the sum of the weights",
        ),
    ] = None
    init: Annotated[
        WeightInit, Field(description="how weights start, in layers without their own init")
    ] = Init("he")
    start: Annotated[
        Annotated[Start, Shorthand(read_short, PATH)] | None,
        Field(
            title=START_FORMS,
            description="a trained network to begin with, where its arrays fit; a path alone is "
            "its run",
        ),
    ] = None
    mixup: Annotated[
        Fraction,
        Field(
            description="alpha of mixup: pairs of images and their losses are blended, in shares "
            "from Beta(alpha, alpha); 0: they are not"
        ),
    ] = 0.0
    optimizer: Annotated[
        Optimizer, OneOf(Optimizer), Field(description=f"the update rule{_UNNAMED}")
    ] = Sgd(lr=0.02, momentum=0.9)
    schedule: Annotated[
        Schedule,
        OneOf(Schedule),
        Field(description=f"how the rate changes{_UNNAMED}"),
    ] = Cosine()
    groups: Annotated[
        tuple[Group, ...],
        AfterValidator(few_names),
        Field(description="parameters that are trained otherwise than the rest"),
    ] = ()
    average: Annotated[
        Annotated[Average, OneOf(Average)] | None,
        Field(description="an average of the weights over steps"),
    ] = None
    clip_norm: Annotated[
        Positive | None, Field(description="largest norm of a step's gradient")
    ] = None
    on_divergence: Annotated[
        DivergenceSpec,
        Named(),
        Field(description="what to do when a number is NaN or infinite"),
    ] = Stop()
    early_stopping: Annotated[
        EarlyStopping | None, Field(description="when to end before the last epoch")
    ] = None
    best: Annotated[
        ValidationMetric | None,
        Field(
            description="which chooses the best network, by the images held out; of a tie, the "
            "other one, then the earlier epoch. Default: what early_stopping watches if it is one "
            "of them, else validation_accuracy"
        ),
    ] = None
    log_every: Annotated[Count, Field(description="steps between two lines of metrics")] = 50
    log: Annotated[
        tuple[Annotated[Logger, ShortForm(Logger, "logger")], ...],
        AfterValidator(each_once),
        Shorthand(_names, {"type": "string"}),
        Field(
            description="where metrics go besides metrics.jsonl; a name stands for a list of one"
        ),
    ] = ()

    @property
    def best_metric(self) -> ValidationMetric:
        """Which chooses the best network, where images are held out."""
        if self.best:
            return self.best
        watched = self.early_stopping.metric if self.early_stopping else None
        return next((m for m in VALIDATION_METRICS if m == watched), "validation_accuracy")
