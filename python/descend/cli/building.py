"""From a configuration to the objects that train."""

from __future__ import annotations

from collections.abc import Callable

from descend import optimizers, schedules
from descend.config.network import NetworkConfig
from descend.config.train import TrainConfig
from descend.data.target import Classes, Numbers, Target
from descend.network import Dense
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
    hidden = [Dense(units, config.activation, dropout=config.dropout) for units in config.hidden]
    return [*hidden, _output(target, loss)]


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
