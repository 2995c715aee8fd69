"""The planar flower: what one hidden layer can tell apart, and logistic regression cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import checks, text
from descend.checks import FloatArray
from descend.course.drawing import curves, decision_boundary
from descend.course.fitting import accuracy, classifier, descend_gradient, draw_weights
from descend.course.result import Result
from descend.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

LEARNING_RATE = 1.2


def flower() -> tuple[FloatArray, FloatArray]:
    """The course's 400 points, X (400, 2), and their colours, y (400,): 0 is red, 1 is blue."""
    random = np.random.RandomState(1)
    petals = []
    for j in range(2):
        t = np.linspace(3.12 * j, 3.12 * (j + 1), 200) + random.randn(200) * 0.2
        r = 4 * np.sin(4 * t) + random.randn(200) * 0.2
        petals.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
    return np.concatenate(petals), np.repeat([0.0, 1.0], 200)


@dataclass(frozen=True, eq=False, repr=False)
class Flower(Result):
    """Logistic regression and a network with a hidden layer on the flower.

    Attributes
    ----------
    X, y : array (400, 2), array (400,)
        The points and their colours.
    logistic, network : Network
        Both, trained.
    cost : list of float
        The network's, before each iteration.
    """

    SIZE: ClassVar[tuple[float, float]] = (12, 4)

    X: FloatArray
    y: FloatArray
    logistic: Network
    network: Network
    cost: list[float]

    @property
    def logistic_accuracy(self) -> float:
        """The share of points that logistic regression gets right."""
        return accuracy(self.logistic, self.X, self.y)

    @property
    def accuracy(self) -> float:
        """The share of points that the network gets right."""
        return accuracy(self.network, self.X, self.y)

    def __str__(self) -> str:
        rows = [[f"{i:,}", f"{self.cost[i]:.6f}"] for i in range(0, len(self.cost), 1000)]
        return (
            f"{text.table(['iteration', 'cost'], rows)}\n"
            f"Accuracy: {self.accuracy:.1%} with {self.network.layers[0].units} hidden units, "
            f"{self.logistic_accuracy:.1%} by logistic regression."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw both decision boundaries, and the cost."""
        left, middle, right = figure.subplots(1, 3)
        title = f"logistic regression: {self.logistic_accuracy:.1%}"
        decision_boundary(left, self.logistic.predict, self.X, self.y, title)
        title = f"{self.network.layers[0].units} hidden units: {self.accuracy:.1%}"
        decision_boundary(middle, self.network.predict, self.X, self.y, title)
        curves(right, {"cost": self.cost})


def planar_flower(n_h: int = 4, iterations: int = 10_000) -> Flower:
    """Train the course's network with one hidden layer of tanh units on the flower.

    A[1] = tanh(W[1] X + b[1]), A[2] = sigmoid(W[2] A[1] + b[2]); learning rate 1.2, all points in each step.

    Parameters
    ----------
    n_h : int
        n[1], the hidden units.
    iterations : int
        Steps of gradient descent.

    Raises
    ------
    TypeError, ValueError
        n_h or iterations is no whole number of at least 1.

    References
    ----------
    The course's "Planar data classification with a hidden layer": about 90.5 % with 4 units, 47 % by logistic
    regression.
    """
    X, y = flower()
    network, cost = _trained(checks.integer("n_h", n_h, 1), checks.integer("iterations", iterations, 1))
    logistic = classifier([np.zeros((1, 2))], "linear")
    descend_gradient(logistic, X, y, learning_rate=0.1, iterations=2000)
    return Flower(X, y, logistic, network, cost)


@dataclass(frozen=True, eq=False, repr=False)
class FlowerBySize(Result):
    """The flower, learned with different numbers of hidden units.

    Attributes
    ----------
    X, y : array (400, 2), array (400,)
        The points and their colours.
    networks : dict of int to Network
        By n_h.
    """

    X: FloatArray
    y: FloatArray
    networks: dict[int, Network]

    SIZE: ClassVar[tuple[float, float]] = (12, 6)

    @property
    def accuracy(self) -> dict[int, float]:
        """The share of points that are right, by n_h."""
        return {n_h: accuracy(network, self.X, self.y) for n_h, network in self.networks.items()}

    def __str__(self) -> str:
        rows = [[str(n_h), f"{share:.2%}"] for n_h, share in self.accuracy.items()]
        return text.table(["hidden units", "accuracy"], rows)

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw a decision boundary for each number of units."""
        columns = min(4, len(self.networks))
        panels = figure.subplots(-(-len(self.networks) // columns), columns, squeeze=False)
        for axes in panels.flat:
            axes.set_axis_off()
        for axes, (n_h, network) in zip(panels.flat, self.networks.items(), strict=False):
            title = f"n_h = {n_h}: {accuracy(network, self.X, self.y):.1%}"
            decision_boundary(axes, network.predict, self.X, self.y, title)


def planar_flower_by_size(
    sizes: Sequence[int] = (1, 2, 3, 4, 5, 20, 50), iterations: int = 5000
) -> FlowerBySize:
    """Train the course's network on the flower with different numbers of hidden units.

    Parameters
    ----------
    sizes : sequence of int
        The numbers of units.
    iterations : int
        Steps of gradient descent for each.

    Raises
    ------
    TypeError, ValueError
        There is no size, or one, or iterations, is no whole number of at least 1.

    References
    ----------
    The course's "Tuning hidden layer size".
    """
    sizes, iterations = checks.integers("sizes", sizes, 1), checks.integer("iterations", iterations, 1)
    X, y = flower()
    return FlowerBySize(X, y, {n_h: _trained(n_h, iterations)[0] for n_h in sizes})


def _trained(n_h: int, iterations: int) -> tuple[Network, list[float]]:
    network = classifier(draw_weights([2, n_h, 1], seed=2, scale=lambda _: 0.01), "tanh")
    return network, descend_gradient(network, *flower(), LEARNING_RATE, iterations)
