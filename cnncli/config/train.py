"""The `train:` section."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from cnncli.layers.fields import Count, Init, WeightInit
from cnncli.optim.average_fields import AverageSpec
from cnncli.optim.optimizer_fields import OptimizerSpec, Sgd
from cnncli.optim.schedule_fields import Cosine, ScheduleSpec
from cnncli.schema.fields_of_numbers import Fraction, NotNegative, Positive, Share

from .divergence import DivergenceSpec, Stop
from .groups import Group, few_names

_UNNAMED = "; keys without a name change the default"


def named(value: Any) -> Any:
    """A bare name stands for a mapping with that name; names are lower case with hyphens."""
    if isinstance(value, str):
        value = {"name": value}
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        name = value["name"].lower().replace("_", "-")
        value = value | {"name": "one-cycle" if name in ("triangular", "onecycle") else name}
    return value


@dataclass(frozen=True, kw_only=True)
class Softmax:
    """Cross-entropy of the softmax of the scores."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["softmax"] = "softmax"
    label_smoothing: Annotated[
        Share, Field(description="share of the target spread over all classes")
    ] = 0.0


@dataclass(frozen=True, kw_only=True)
class Svm:
    """The multiclass hinge loss of Weston and Watkins: sum of max(0, s_j - s_y + margin)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Literal["svm"] = "svm"
    margin: Annotated[Positive, Field(description="how far the right score must lead")] = 1.0


LossSpec = Annotated[Softmax | Svm, Field(discriminator="name")]


@dataclass(frozen=True, kw_only=True)
class EarlyStopping:
    """End the run when a recorded metric has not improved for `patience` epochs."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    metric: Annotated[str, Field(description="any metric of an epoch")] = "validation_loss"
    patience: Annotated[Count, Field(description="epochs without an improvement")] = 5
    min_delta: Annotated[NotNegative, Field(description="what counts as an improvement")] = 0.0
    mode: Annotated[
        Literal["min", "max"] | None,
        Field(description="which way is better; default: max for accuracies, else min"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class TrainSpec:
    """How the network is trained."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    epochs: Annotated[Count, Field(description="passes over the training set")] = 10
    batch_size: Annotated[Count, Field(description="images in a step")] = 128
    last_batch: Annotated[
        Literal["short", "drop", "wrap"],
        Field(
            description="of an epoch, where images are left over: those, none, or those and the "
            "first of the epoch again"
        ),
    ] = "short"
    accumulate: Annotated[
        Count,
        Field(description="parts in which a batch is computed, one after another, for less memory"),
    ] = 1
    seed: Annotated[
        int,
        Field(
            ge=0,
            lt=2**63,
            strict=True,
            title="a whole number from 0 to 2**63 - 1",
            description="of every random choice",
        ),
    ] = 0
    threads: Annotated[
        Annotated[Count, Field(le=1024)] | None,
        Field(description="default: the cores this process may use"),
    ] = None
    kernels: Annotated[
        Literal["auto", "direct", "winograd", "measured"],
        Field(description="how convolutions are computed; `measured` times all at the start"),
    ] = "auto"
    loss: Annotated[
        LossSpec, BeforeValidator(named), Field(description=f"what is minimised{_UNNAMED}")
    ] = Softmax()
    init: Annotated[
        WeightInit, Field(description="how weights start, in layers without their own init")
    ] = Init("he")
    mixup: Annotated[
        Fraction,
        Field(
            description="alpha of mixup: pairs of images and their losses are blended, in shares "
            "from Beta(alpha, alpha); 0: they are not"
        ),
    ] = 0.0
    optimizer: Annotated[
        OptimizerSpec, BeforeValidator(named), Field(description=f"the update rule{_UNNAMED}")
    ] = Sgd(lr=0.02, momentum=0.9)
    schedule: Annotated[
        ScheduleSpec,
        BeforeValidator(named),
        Field(description=f"how the rate changes{_UNNAMED}"),
    ] = Cosine()
    groups: Annotated[
        tuple[Group, ...],
        AfterValidator(few_names),
        Field(description="parameters that are trained otherwise than the rest"),
    ] = ()
    average: Annotated[
        AverageSpec | None,
        BeforeValidator(named),
        Field(description="an average of the weights over steps"),
    ] = None
    clip_norm: Annotated[
        Positive | None, Field(description="largest norm of a step's gradient")
    ] = None
    on_divergence: Annotated[
        DivergenceSpec,
        BeforeValidator(named),
        Field(description="what to do when a number is NaN or infinite"),
    ] = Stop()
    early_stopping: Annotated[
        EarlyStopping | None, Field(description="when to end before the last epoch")
    ] = None
    log_every: Annotated[Count, Field(description="steps between two lines of metrics")] = 50
