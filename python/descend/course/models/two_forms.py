"""Logistic regression on the cat pictures, as a loop over the examples and vectorised."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import checks, text
from descend.checks import FloatArray
from descend.course.drawing import curves
from descend.course.fitting import classifier, descend_gradient
from descend.course.pictures import Pictures
from descend.course.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class TwoForms(Result):
    """Logistic regression written as a loop over the examples, and vectorised.

    Attributes
    ----------
    m : int
        The examples.
    cost : dict of str to list of float
        Before each iteration, of "loop over m" and "vectorised".
    seconds : dict of str to float
        For all iterations.
    """

    SIZE: ClassVar[tuple[float, float]] = (7, 4)

    m: int
    cost: dict[str, list[float]]
    seconds: dict[str, float]

    @property
    def largest_difference(self) -> float:
        """Between the two forms' costs."""
        loop, vectors = self.cost.values()
        return float(np.abs(np.subtract(loop, vectors)).max())

    def __str__(self) -> str:
        rows = [
            [form, f"{1e3 * seconds / len(self.cost[form]):.2f} ms", f"{self.cost[form][-1]:.12f}"]
            for form, seconds in self.seconds.items()
        ]
        iterations = len(next(iter(self.cost.values())))
        return (
            f"{text.table(['form', 'an iteration', f'cost at iteration {iterations - 1}'], rows)}\n"
            f"The largest difference of {iterations} costs: {self.largest_difference:.1e}."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the costs of both forms over each other."""
        axes = figure.subplots()
        curves(axes, self.cost)
        axes.lines[0].set(linewidth=5, alpha=0.4)


def cat_logistic_two_forms(train: Pictures, iterations: int = 100) -> TwoForms:
    """Logistic regression on the cat pictures in its two forms: the same numbers.

    For each example i: z = w^T x + b, a = sigmoid(z), dz = a - y, dw += x dz, db += dz; or, for all at once,
    Z = w^T X + b, A = sigmoid(Z), dZ = A - Y, dw = 1/m X dZ^T, db = 1/m sum dZ.

    Parameters
    ----------
    train : Pictures
        The course's 209.
    iterations : int
        Steps of gradient descent, from zeros, at the learning rate 0.005.

    Raises
    ------
    TypeError, ValueError
        iterations is no whole number of at least 1.
    """
    X, y = train.features(), train.y.astype(np.float64)
    iterations = checks.integer("iterations", iterations, 1)
    begin = time.perf_counter()
    loop = loop_over_examples(X, y, 0.005, iterations)
    middle = time.perf_counter()
    vectors = descend_gradient(classifier([np.zeros((1, X.shape[1]))], "linear"), X, y, 0.005, iterations)
    end = time.perf_counter()
    return TwoForms(
        len(y),
        {"loop over m": loop, "vectorised": vectors},
        {"loop over m": middle - begin, "vectorised": end - middle},
    )


def loop_over_examples(X: FloatArray, y: FloatArray, learning_rate: float, iterations: int) -> list[float]:
    """The cost before each iteration of logistic regression, X (m, n) taken a row at a time."""
    m, n = X.shape
    w, b = np.zeros(n), 0.0
    costs = []
    for _ in range(iterations):
        J, dw, db = 0.0, np.zeros(n), 0.0
        for i in range(m):
            a = 1 / (1 + np.exp(-(w @ X[i] + b)))
            J += -(y[i] * np.log(a) + (1 - y[i]) * np.log(1 - a))
            dz = a - y[i]
            dw += X[i] * dz
            db += dz
        w -= learning_rate * dw / m
        b -= learning_rate * db / m
        costs.append(float(J / m))
    return costs
