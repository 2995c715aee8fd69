"""From a configuration to the objects that train."""

from __future__ import annotations

from collections.abc import Callable

from descend import optimizers, schedules
from descend.class_weight import ClassWeight
from descend.config.network import NetworkConfig
from descend.config.train import TrainConfig
from descend.data.target import Classes, Numbers, Target
from descend.dense import Dense
from descend.losses import BinaryCrossEntropy, CrossEntropy, Loss
from descend.optimizers import Optimizer
from descend.schedules import Schedule

_SCHEDULES: dict[str, Callable[..., Schedule]] = {
    "constant": schedules.Constant,
    "step": schedules.Step,
    "exponential": schedules.Exponential,
    "cosine": schedules.Cosine,
    "plateau": schedules.ReduceOnPlateau,
}


def layers(config: NetworkConfig, target: Target, loss: str) -> list[Dense]:
    """The hidden layers and the output layer."""
    hidden = [
        Dense(units, config.activation, dropout=config.dropout, batch_norm=config.batch_norm)
        for units in config.hidden
    ]
    return [*hidden, _output(target, loss)]


def loss(config: TrainConfig, target: Target) -> Loss:
    """The loss by its name, or one with smoothed labels."""
    if not config.label_smoothing:
        return config.loss
    if isinstance(target, Numbers):
        raise ValueError("label_smoothing is for classes, and the target is a number: leave it out.")
    kind = CrossEntropy if _output(target, config.loss).activation == "softmax" else BinaryCrossEntropy
    return kind(config.label_smoothing)


def class_weight(config: TrainConfig, target: Target) -> ClassWeight | None:
    """Weights by the numbers of the classes."""
    if not isinstance(config.class_weight, dict):
        return config.class_weight
    if not isinstance(target, Classes):
        raise ValueError("class_weight names classes, and the target has none of its own: leave it out.")
    return target.class_weight(config.class_weight)


def optimizer(config: TrainConfig) -> Optimizer:
    """A new optimiser, with the constants that were given."""
    built = optimizers.resolve(config.optimizer)
    for name in ("learning_rate", "momentum", "weight_decay"):
        value = getattr(config, name)
        if value is not None:
            setattr(built, name, value)
    return built


def schedule(config: TrainConfig) -> Schedule:
    """How the learning rate changes."""
    given = {"factor": config.decay, "every": config.decay_every}
    if config.schedule == "plateau":
        given["patience"] = given.pop("every")
    built = _SCHEDULES[config.schedule](**{name: value for name, value in given.items() if value is not None})
    return schedules.Warmup(config.warmup, then=built) if config.warmup else built


def _output(target: Target, loss: str) -> Dense:
    """A unit for each number or pair of classes, or one for each of more classes."""
    if isinstance(target, Numbers):
        return Dense(target.n_outputs, "exp" if loss == "poisson" else "linear")
    if isinstance(target, Classes) and (len(target.classes) > 2 or loss == "cross_entropy"):
        return Dense(len(target.classes), "softmax")
    return Dense(target.n_outputs, "sigmoid")
