"""[train]: how it is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from descend import losses, optimizers
from descend.config.values import Count, NotNegative, OneOf, Positive, Section, Share

SCHEDULES = ("constant", "step", "exponential", "cosine", "plateau")
_DECAYING = ("step", "exponential", "plateau")


class TrainConfig(Section):
    """The cost, the steps down, and when to stop."""

    loss: Annotated[str, OneOf("loss", ("auto", *losses.NAMES))] = Field(
        default="auto", description=f"auto fits the task; {', '.join(losses.NAMES)}."
    )
    label_smoothing: Share = Field(
        default=0.0, description="How much certainty of the classes is spread over the others."
    )
    class_weight: Literal["balanced"] | dict[str, NotNegative] | None = Field(
        default=None,
        title="balanced|{CLASS = X}",
        description="How much classes weigh, if not as often as they come; balanced: all the same.",
    )
    optimizer: Annotated[str, OneOf("optimizer", tuple(optimizers.KINDS))] = Field(
        default="adam", description=f"{', '.join(optimizers.KINDS)}."
    )
    learning_rate: Positive | None = Field(default=None, description="The optimiser's own if not given.")
    momentum: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="How much speed momentum and nesterov keep; 0.9 if not given."
    )
    weight_decay: NotNegative | None = Field(
        default=None, description="The share of the weights that adamw takes away; 0.01 if not given."
    )
    schedule: Annotated[str, OneOf("schedule", SCHEDULES)] = Field(
        default="constant", description=f"How the learning rate changes: {', '.join(SCHEDULES)}."
    )
    decay: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description=f"What the rate is multiplied by, for {', '.join(_DECAYING)}."
    )
    decay_every: Count | None = Field(
        default=None, description="Epochs between two steps of the rate, or without progress on a plateau."
    )
    warmup: NotNegative = Field(default=0.0, description="Epochs in which the rate first rises; 0 for none.")
    batch_size: Count | Literal["full"] = Field(
        default=32, description="Rows in a step; full for all of them."
    )
    l1: NotNegative = Field(
        default=0.0, description="Added to the cost: this times the sum of absolute weights."
    )
    l2: NotNegative = Field(
        default=0.001, description="Added to the cost: half of it times the sum of squared weights."
    )
    clip_norm: Positive | None = Field(
        default=None, description="Gradients longer than this are scaled down to it."
    )
    ema_decay: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.999,
        description="The weights are an average over about 1 / (1 - this) last steps; 0 for the last alone.",
    )
    epochs: Count = Field(default=100, description="The most passes over the rows.")
    patience: Count = Field(
        default=20, description="Stop after so many epochs without a better validation cost."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(
        default=0, description="What everything random is drawn from."
    )
    threads: Count | None = Field(default=None, description="As many as help if not given.")

    @field_validator("label_smoothing")
    @classmethod
    def _of_the_loss(cls, value: float, info: ValidationInfo) -> float:
        loss = info.data.get("loss", "auto")
        if value and loss not in ("auto", "binary_cross_entropy", "cross_entropy"):
            raise ValueError(f"the loss {loss} has no labels to smooth: leave it out")
        return value

    @field_validator("momentum", "weight_decay")
    @classmethod
    def _of_the_optimizer(cls, value: float | None, info: ValidationInfo) -> float | None:
        kind = optimizers.KINDS.get(info.data.get("optimizer", ""))
        if value is not None and kind and not hasattr(kind, str(info.field_name)):
            raise ValueError(f"the optimizer {kind.kind} has no {info.field_name}: leave it out")
        return value

    @field_validator("decay", "decay_every")
    @classmethod
    def _of_the_schedule(cls, value: float | None, info: ValidationInfo) -> float | None:
        schedule = info.data.get("schedule", "constant")
        users = _DECAYING if info.field_name == "decay" else ("step", "plateau")
        if value is not None and schedule not in users:
            raise ValueError(f"the schedule {schedule} has no {info.field_name}: choose {' or '.join(users)}")
        return value
