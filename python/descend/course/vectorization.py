"""Vectorisation: one step of logistic regression written four times, the same numbers at four speeds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from descend import _core, checks, text
from descend.checks import FloatArray
from descend.course.drawing import plain
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network
from descend.optimizers import GradientDescent
from descend.training import train

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

LEARNING_RATE = 0.005
_REPEATS = 20


class Step(NamedTuple):
    """What one step of logistic regression comes to: the cost before it, w (1, n) and b after it."""

    J: float
    w: FloatArray
    b: float


class Way(NamedTuple):
    """One way to write the step: how long it took, and what it came to."""

    name: str
    seconds: float
    step: Step


@dataclass(frozen=True, eq=False, repr=False)
class Vectorization(Result):
    """The ways to write the step.

    Attributes
    ----------
    m, n : int
        Examples and features.
    ways : tuple of Way
        Loops in Python, NumPy, loops in C++, vectors in C++.
    """

    m: int
    n: int
    ways: tuple[Way, ...]

    @property
    def speedups(self) -> list[float]:
        """How many times as fast as loops in Python."""
        return [self.ways[0].seconds / way.seconds for way in self.ways]

    @property
    def largest_difference(self) -> float:
        """Of any way's J, w or b from those of loops in Python."""
        J, w, b = self.ways[0].step
        return max(
            float(max(abs(way.step.J - J), np.abs(way.step.w - w).max(), abs(way.step.b - b)))
            for way in self.ways
        )

    def __str__(self) -> str:
        rows = [
            [way.name, f"{1e3 * way.seconds:.3g} ms", f"{speedup:,.0f} times", f"{way.step.J:.12f}"]
            for way, speedup in zip(self.ways, self.speedups, strict=True)
        ]
        return (
            f"One step of logistic regression, {self.m} examples of {self.n} features, float64:\n"
            f"{text.table(['written as', 'time', 'as fast', 'cost'], rows)}\n"
            f"The largest difference of any number: {self.largest_difference:.1e}."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the times as bars, on a logarithmic scale."""
        axes = figure.subplots()
        milliseconds = [1e3 * way.seconds for way in self.ways]
        bars = axes.barh([way.name for way in self.ways], milliseconds, color="tab:blue")
        labels = [
            f" {time:.3g} ms, {speedup:,.0f} times as fast" if speedup != 1 else f" {time:.3g} ms"
            for time, speedup in zip(milliseconds, self.speedups, strict=True)
        ]
        axes.bar_label(bars, labels)
        axes.invert_yaxis()
        axes.set(xscale="log", xlabel="milliseconds a step", xlim=(None, 20 * max(milliseconds)))
        axes.set_title(f"Logistic regression, one step: {self.m} examples of {self.n} features")
        plain(axes)


def vectorization(m: int = 209, n: int = 12288, seed: int = 0) -> Vectorization:
    """Time one step of gradient descent for logistic regression in four ways.

    Z = w^T X + b, A = sigmoid(Z), J = -1/m sum(Y log A + (1 - Y) log(1 - A)),
    dZ = A - Y, dw = 1/m X dZ^T, db = 1/m sum dZ, w = w - alpha dw, b = b - alpha db

    Parameters
    ----------
    m, n : int
        Examples, and features of each: at first those of the course's cat pictures.
    seed : int
        What the examples and the weights are drawn from.

    Raises
    ------
    TypeError, ValueError
        m, n or seed is no whole number that can be used.
    """
    m, n = checks.integer("m", m, 1), checks.integer("n", n, 1)
    rng = np.random.default_rng(checks.seed(seed))
    X, y = rng.uniform(size=(m, n)), rng.integers(0, 2, m).astype(np.float64)
    w, b = rng.normal(scale=0.01, size=(1, n)), 0.1

    examples, labels, weights = X.tolist(), y.tolist(), w[0].tolist()
    Y = y.reshape(1, m)
    return Vectorization(
        m,
        n,
        (
            _timed("loops in Python", lambda: python_loops(examples, labels, weights, b), repeats=1),
            _timed("NumPy", lambda: numpy_vectors(X.T, Y, w, b)),
            _timed("loops in C++", lambda: Step(*_core.logistic_step_in_loops(X, y, w, b, LEARNING_RATE))),
            _network(X, y, w, b),
        ),
    )


def python_loops(X: list[list[float]], y: list[float], w: list[float], b: float) -> Step:
    """One step in loops over the m examples and their n features; X (m, n)."""
    m, n = len(X), len(X[0])
    J, dw, db = 0.0, [0.0] * n, 0.0
    for i in range(m):
        z = b
        for j in range(n):
            z += w[j] * X[i][j]
        a = 1 / (1 + math.exp(-z))
        J += -(y[i] * math.log(a) + (1 - y[i]) * math.log(1 - a))
        dz = a - y[i]
        for j in range(n):
            dw[j] += X[i][j] * dz
        db += dz
    w = [w[j] - LEARNING_RATE * dw[j] / m for j in range(n)]
    return Step(J / m, np.array([w]), b - LEARNING_RATE * db / m)


def numpy_vectors(X: FloatArray, Y: FloatArray, w: FloatArray, b: float) -> Step:
    """One step in NumPy; X (n, m), Y (1, m), w (1, n)."""
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w @ X + b)))
    J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dZ = A - Y
    dw, db = dZ @ X.T / m, np.sum(dZ) / m
    return Step(float(J), w - LEARNING_RATE * dw, float(b - LEARNING_RATE * db))


def _network(X: FloatArray, y: FloatArray, w: FloatArray, b: float) -> Way:
    network = Network(X.shape[1], [Dense(1, "sigmoid", init=w)], dtype="float64")
    layer = network.layers[0]
    layer.b = b

    def run(steps: int) -> tuple[list[float], list[float]]:
        optimizer = GradientDescent(LEARNING_RATE)
        history = train(network, X, y, optimizer=optimizer, epochs=steps, batch_size="full", progress=False)
        return history.cost, history.times

    (J,), _ = run(1)
    step = Step(J, layer.W.copy(), float(layer.b[0, 0]))
    _, times = run(_REPEATS)
    return Way("vectors in C++", min(times), step)


def _timed(name: str, step: Callable[[], Step], repeats: int = _REPEATS) -> Way:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        result = step()
        times.append(time.perf_counter() - begin)
    return Way(name, min(times), result)
