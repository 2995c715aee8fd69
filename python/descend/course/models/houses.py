"""House prices: one neuron on the size, linear and relu; then several features and a hidden layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import checks, text
from descend.checks import FloatArray
from descend.course.drawing import plain
from descend.course.fitting import descend_gradient
from descend.course.result import Result
from descend.data.houses import ROWS
from descend.dense import Dense
from descend.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

UNIT = 100_000.0
"""Dollars: what prices are trained in."""


def houses() -> tuple[FloatArray, FloatArray]:
    """X (47, 2), size in square feet and bedrooms, and y (47,), the price in dollars."""
    rows = np.array(ROWS, dtype=np.float64)
    return rows[:, :2], rows[:, 2]


def standardised(X: FloatArray) -> FloatArray:
    """X with the mean of each column taken away, in units of its standard deviation."""
    standard: FloatArray = (X - X.mean(axis=0)) / X.std(axis=0)
    return standard


@dataclass(frozen=True, eq=False, repr=False)
class PriceBySize(Result):
    """Price from size by one neuron: price = g(w size + b).

    Attributes
    ----------
    size, price : array (47,)
        Square feet, and dollars.
    lines : dict of str to (float, float)
        w in dollars a square foot and b in dollars, for the linear and the relu neuron.
    """

    SIZE: ClassVar[tuple[float, float]] = (7, 4.5)

    size: FloatArray
    price: FloatArray
    lines: dict[str, tuple[float, float]]

    def __str__(self) -> str:
        rows = [[g, f"{w:.4f}", f"{b:.2f}"] for g, (w, b) in self.lines.items()]
        return (
            f"{text.table(['neuron', 'dollars a square foot', 'dollars at 0'], rows)}\n"
            "The two are one line wherever it is above 0; where it would go below, relu predicts 0."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the houses and both neurons, down to sizes where these part."""
        axes = figure.subplots()
        axes.plot(self.size, self.price / 1000, ".", color="grey", label="houses sold")
        at = np.linspace(-1500, 5000, 200)
        for (g, (w, b)), style in zip(self.lines.items(), ("--", "-"), strict=True):
            z = w * at + b
            axes.plot(at, (np.maximum(z, 0) if g == "relu" else z) / 1000, style, label=f"{g} neuron")
        axes.set(xlabel="size (square feet)", ylabel="price (thousand dollars)")
        axes.legend(frameon=False)
        plain(axes)


def price_by_size(iterations: int = 500) -> PriceBySize:
    """Fit price = g(w size + b) by gradient descent, with g linear and with g relu.

    Parameters
    ----------
    iterations : int
        Steps, over all 47 houses each.

    Raises
    ------
    TypeError, ValueError
        iterations is no whole number of at least 1.

    References
    ----------
    Least squares on these houses: 134.525 size + 71270.49.
    """
    iterations = checks.integer("iterations", iterations, 1)
    X, y = houses()
    size = X[:, :1]
    lines = {}
    for g in ("linear", "relu"):
        neuron = Network(1, [Dense(1, g, init="zeros")], dtype="float64")
        layer = neuron.layers[0]
        layer.b = 1.0  # a relu that starts at 0 has no derivative there, and would stay
        descend_gradient(neuron, standardised(size), y / UNIT, 0.1, iterations, loss="squared_error")
        w = UNIT * float(layer.W[0, 0]) / float(size.std())
        lines[g] = (w, UNIT * float(layer.b[0, 0]) - w * float(size.mean()))
    return PriceBySize(size[:, 0], y, lines)


@dataclass(frozen=True, eq=False, repr=False)
class PriceByFeatures(Result):
    """Price from size and bedrooms, by a linear neuron and through a hidden layer.

    Attributes
    ----------
    price : array (47,)
        Dollars.
    coefficients : tuple of float
        The linear neuron's: dollars a square foot, dollars a bedroom, dollars at 0.
    held_out : dict of str to array (47,)
        What each model predicts for each house, trained on folds without it.
    """

    SIZE: ClassVar[tuple[float, float]] = (9, 4.5)

    price: FloatArray
    coefficients: tuple[float, float, float]
    held_out: dict[str, FloatArray]

    @property
    def rmse(self) -> dict[str, float]:
        """The root of the mean squared error on houses held out, in dollars, by model."""
        return {
            name: float(np.sqrt(np.mean((predicted - self.price) ** 2)))
            for name, predicted in self.held_out.items()
        }

    def __str__(self) -> str:
        size, bedrooms, constant = self.coefficients
        rows = [[name, f"{error:,.0f} dollars"] for name, error in self.rmse.items()]
        return (
            f"Linear neuron: price = {size:.4f} size {bedrooms:+.2f} bedrooms {constant:+.2f}\n"
            f"{text.table(['model', 'RMSE on houses held out'], rows)}"
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw, for each model, what it predicts for houses held out against what they were sold for."""
        for axes, (name, predicted) in zip(
            figure.subplots(1, len(self.held_out), sharey=True), self.held_out.items(), strict=True
        ):
            ends = [self.price.min() / 1000, self.price.max() / 1000]
            axes.plot(ends, ends, color="grey", linewidth=0.8)
            axes.plot(self.price / 1000, predicted / 1000, ".")
            axes.set(title=f"{name}: RMSE {self.rmse[name]:,.0f}", xlabel="sold for (thousand dollars)")
            plain(axes)
        figure.axes[0].set_ylabel("predicted (thousand dollars)")


def price_by_features(hidden: int = 8, folds: int = 6, seed: int = 0) -> PriceByFeatures:
    """Fit the price from size and bedrooms, and judge on houses that were held out.

    The linear neuron is W X + b; the network A[1] = relu(W[1] X + b[1]), A[2] = W[2] A[1] + b[2].

    Parameters
    ----------
    hidden : int
        n[1].
    folds : int
        Parts that the houses are split into, each held out once.
    seed : int
        What weights and folds are drawn from.

    Raises
    ------
    TypeError, ValueError
        hidden, folds or seed is no whole number that can be used.

    References
    ----------
    Least squares on these houses: 139.2107 size - 8738.02 bedrooms + 89597.91.
    """
    hidden, seed = checks.integer("hidden", hidden, 1), checks.seed(seed)
    folds = checks.integer("folds", folds, 2)
    X, y = houses()
    models = {"linear neuron": [], f"{hidden} hidden units": [Dense(hidden, "relu")]}
    fold = np.random.default_rng(seed).permutation(np.arange(len(y)) % folds)
    held_out: dict[str, FloatArray] = {name: np.empty(len(y)) for name in models}
    for name, layers in models.items():
        for k in range(folds):
            out = fold == k
            model = _fitted(layers, X[~out], y[~out], seed)
            held_out[name][out] = model(X[out])
    predict = _fitted([], X, y, seed)
    constant, at_one_foot, at_one_bedroom = predict(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    coefficients = (at_one_foot - constant, at_one_bedroom - constant, constant)
    return PriceByFeatures(y, coefficients, held_out)


def _fitted(
    hidden: list[Dense], X: FloatArray, y: FloatArray, seed: int
) -> Callable[[FloatArray], FloatArray]:
    """A network trained on X and the price in dollars: from square feet and bedrooms to dollars."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    network = Network(2, [*hidden, Dense(1, "linear")], seed=seed, dtype="float64")
    descend_gradient(network, (X - mean) / scale, y / UNIT, 0.1, iterations=1000)
    return lambda X: UNIT * network.predict((X - mean) / scale)[:, 0]
