"""What the course's models share: its way of drawing weights, and batch gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descend.checks import FloatArray
from descend.dense import Dense
from descend.errors import DivergedError
from descend.network import Network
from descend.optimizers import GradientDescent
from descend.training import train


def draw_weights(n: Sequence[int], seed: int, scale: Callable[[int], float]) -> list[FloatArray]:
    """The weights that the course's exercises start from.

    W[l] = randn(n[l], n[l-1]) * scale(n[l-1]), layer after layer, from NumPy's first random generator, as
    ``np.random.seed(seed)`` sets it.
    """
    random = np.random.RandomState(seed)
    return [random.randn(n[l], n[l - 1]) * scale(n[l - 1]) for l in range(1, len(n))]


def classifier(W: Sequence[FloatArray], hidden: str) -> Network:
    """A float64 network with a sigmoid for its output, from these weights and b = 0."""
    activations = [hidden] * (len(W) - 1) + ["sigmoid"]
    layers = [Dense(len(W_l), g, init=W_l) for W_l, g in zip(W, activations, strict=True)]
    return Network(W[0].shape[1], layers, dtype="float64")


def descend_gradient(
    network: Network,
    X: FloatArray,
    y: NDArray[Any],
    learning_rate: float,
    iterations: int,
    loss: str = "auto",
) -> list[float]:
    """Batch gradient descent; the cost before each iteration, up to where it stops being finite."""
    try:
        history = train(
            network,
            X,
            y,
            loss=loss,
            optimizer=GradientDescent(learning_rate),
            epochs=iterations,
            batch_size="full",
            progress=False,
        )
    except DivergedError as error:
        return [] if error.history is None else error.history.cost
    return history.cost


def accuracy(network: Network, X: FloatArray, y: NDArray[Any]) -> float:
    """The share of examples whose A[L] is on the right side of 0.5, or largest where y says."""
    A = network.predict(X)
    predicted = A.argmax(axis=1) if A.shape[1] > 1 else A[:, 0] > 0.5
    return float(np.mean(predicted == y))
