"""From prepared data to a trained network."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from descend.callbacks import Callback
from descend.cli import building
from descend.config import RunConfig
from descend.data.prepare import Prepared
from descend.errors import DivergedError
from descend.history import History
from descend.network import Network
from descend.training import train


class Arrays(NamedTuple):
    """X (m, n[0]), y as the loss takes it (for squared_error, classes as one-hot rows), and weights (m,)."""

    X: NDArray[Any]
    y: NDArray[Any]
    weight: NDArray[np.float64] | None


def network(config: RunConfig, prepared: Prepared) -> Network:
    """An untrained network for the data."""
    layers = building.layers(config.network, prepared.target, config.train.loss)
    return Network(prepared.parts["train"].X.shape[1], layers, seed=config.train.seed)


def fit(
    config: RunConfig,
    prepared: Prepared,
    network: Network,
    callbacks: Sequence[Callback] = (),
    *,
    progress: bool = False,
) -> History:
    """The record of the training, of an interrupted one too, and of one that diverged after a good epoch.

    Raises
    ------
    DivergedError
        The cost of the first epoch was not finite.
    """
    settings = config.train
    parts = {name: arrays(network, config, prepared, name) for name in prepared.parts}
    metric = "r2" if prepared.task == "regression" else "accuracy"
    recorded = [] if metric == "accuracy" and settings.loss == "squared_error" else [metric]
    X, y, weight = parts["train"]
    held_out = parts.get("validation")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The outcome says that training was interrupted.
            return train(
                network,
                X,
                y,
                sample_weight=weight,
                class_weight=building.class_weight(settings, prepared.target),
                loss=building.loss(settings, prepared.target),
                optimizer=building.optimizer(settings),
                schedule=building.schedule(settings),
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                validation=held_out and (held_out if held_out.weight is not None else held_out[:2]),
                ema_decay=settings.ema_decay or None,
                l1=settings.l1,
                l2=settings.l2,
                clip_norm=settings.clip_norm,
                metrics=recorded,
                callbacks=callbacks,
                seed=settings.seed,
                n_threads=settings.threads,
                progress=progress,
            )
    except DivergedError as error:
        if error.history is None or not error.history.cost:
            raise
        click.echo(f"descend: {error}", err=True)
        return error.history


def arrays(network: Network, config: RunConfig, prepared: Prepared, part: str) -> Arrays:
    """The examples of a part by its name, as the network takes them."""
    X, y, weight, _ = prepared.parts[part]
    one_hot = config.train.loss == "squared_error" and y.ndim == 1 and network.n_outputs > 1
    return Arrays(X, np.eye(network.n_outputs)[y] if one_hot else y, weight)
