"""The table of training workloads, and the data that each is run on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FULL_BATCH_EPOCHS = 50


@dataclass(frozen=True)
class Product:
    """One matrix product ``(rows, inner) @ (inner, columns)`` of a training step."""

    stage: Literal["forward", "dW", "dA"]
    rows: int
    inner: int
    columns: int

    @property
    def flops(self) -> int:
        return 2 * self.rows * self.inner * self.columns


@dataclass(frozen=True)
class Workload:
    """What is trained: a dense network ``units[0]-...-units[-1]`` on ``samples`` rows.

    ``goal`` is the least ratio to the fastest peer on two threads, in float32, that descend promises.
    """

    name: str
    samples: int
    units: tuple[int, ...]
    hidden: Literal["relu", "tanh"]
    loss: Literal["binary_cross_entropy", "cross_entropy", "squared_error"]
    optimizer: Literal["gradient_descent", "adam"]
    learning_rate: float
    batch: int
    goal: float

    @property
    def output(self) -> str:
        return {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax", "squared_error": "linear"}[
            self.loss
        ]

    @property
    def full_batch(self) -> bool:
        return self.batch == self.samples

    @property
    def steps_per_epoch(self) -> int:
        return self.samples // self.batch

    @property
    def epochs_at_once(self) -> int:
        """Epochs that a peer may fold into one call: 50 full-batch iterations, or one of mini-batches."""
        return FULL_BATCH_EPOCHS if self.full_batch else 1

    @property
    def n_parameters(self) -> int:
        return sum(n * (n_prev + 1) for n_prev, n in pairwise(self.units))

    @cached_property
    def products(self) -> list[Product]:
        """The products of one step, as row-major libraries write them; ``dA[0]`` is not needed."""
        layers = list(pairwise(self.units))
        forward = [Product("forward", self.batch, n_prev, n) for n_prev, n in layers]
        dW = [Product("dW", n, self.batch, n_prev) for n_prev, n in layers]
        dA = [Product("dA", self.batch, n, n_prev) for n_prev, n in layers[1:]]
        return forward + dW + dA

    @property
    def flops(self) -> int:
        return sum(product.flops for product in self.products)

    def update_bytes(self, itemsize: int) -> int:
        """Bytes that the optimiser's pass must move: W and dW in, W out; Adam's two moments in and out."""
        vectors = {"gradient_descent": 3, "adam": 7}[self.optimizer]
        return vectors * self.n_parameters * itemsize

    def gather_bytes(self, itemsize: int) -> int:
        """Bytes that gathering a shuffled batch must move; none where the batch is the whole set."""
        return 0 if self.full_batch else 2 * self.batch * self.units[0] * itemsize


WORKLOADS = {
    w.name: w
    for w in (
        Workload("planar", 400, (2, 4, 1), "tanh", "binary_cross_entropy", "gradient_descent", 1.2, 400, 4.0),
        Workload(
            "cat",
            209,
            (12288, 20, 7, 5, 1),
            "relu",
            "binary_cross_entropy",
            "gradient_descent",
            0.001,
            209,
            2.2,
        ),
        Workload("digits32", 1792, (64, 32, 10), "relu", "cross_entropy", "adam", 0.001, 32, 4.0),
        Workload("house32", 20480, (8, 64, 64, 1), "relu", "squared_error", "adam", 0.001, 32, 4.0),
        Workload("house256", 20480, (8, 64, 64, 1), "relu", "squared_error", "adam", 0.001, 256, 3.5),
        Workload("mnist32", 20480, (784, 128, 64, 10), "relu", "cross_entropy", "adam", 0.001, 32, 2.8),
        Workload("mnist128", 40960, (784, 128, 64, 10), "relu", "cross_entropy", "adam", 0.001, 128, 2.4),
        Workload("mnist512", 40960, (784, 128, 64, 10), "relu", "cross_entropy", "adam", 0.001, 512, 1.7),
        Workload("cover1024", 102400, (54, 256, 256, 7), "relu", "cross_entropy", "adam", 0.001, 1024, 1.6),
        Workload("wide256", 10240, (784, 1024, 1024, 10), "relu", "cross_entropy", "adam", 0.001, 256, 1.1),
        # At a rate of 0.001 the first costs are so high that scikit-learn, which clips them, gives less.
        Workload(
            "wide1024", 20480, (784, 2048, 2048, 10), "relu", "cross_entropy", "adam", 0.0001, 1024, 1.0
        ),
    )
}


@dataclass(frozen=True)
class Problem:
    """A workload with its data and the weights that everybody starts from.

    ``X`` is ``(m, n[0])``; ``y`` is class numbers ``(m,)`` for cross_entropy, else targets ``(m, 1)``;
    ``weights[l - 1]`` is ``W[l] (n[l], n[l-1])`` and ``b[l] (n[l],)``. A float64 problem holds the
    very numbers of the float32 one.
    """

    workload: Workload
    X: NDArray[np.floating]
    y: NDArray[Any]
    weights: list[tuple[NDArray[np.floating], NDArray[np.floating]]]


def initial_weights(
    units: tuple[int, ...], dtype: str, seed: int = 0
) -> list[tuple[NDArray[np.floating], NDArray[np.floating]]]:
    """He's initialisation with zero biases, drawn in float32."""
    random = np.random.default_rng(seed)
    return [
        (
            (random.standard_normal((n, n_prev), dtype=np.float32) * np.float32((2 / n_prev) ** 0.5)).astype(
                dtype
            ),
            np.zeros(n, dtype),
        )
        for n_prev, n in pairwise(units)
    ]


def make_problem(workload: Workload, dtype: str = "float32") -> Problem:
    """Random inputs, labelled by a noisy linear teacher, so that the cost falls but never to zero."""
    random = np.random.default_rng(7)
    m, n_inputs, n_outputs = workload.samples, workload.units[0], workload.units[-1]
    X = random.standard_normal((m, n_inputs), dtype=np.float32)
    teacher = random.standard_normal((n_inputs, n_outputs), dtype=np.float32) / np.float32(n_inputs**0.5)
    scores = X @ teacher + 0.5 * random.standard_normal((m, n_outputs), dtype=np.float32)
    y: NDArray[Any]
    match workload.loss:
        case "cross_entropy":
            y = scores.argmax(axis=1)
        case "binary_cross_entropy":
            y = (scores > 0).astype(dtype)
        case "squared_error":
            y = np.tanh(scores).astype(dtype)
    return Problem(workload, X.astype(dtype, copy=False), y, initial_weights(workload.units, dtype))
