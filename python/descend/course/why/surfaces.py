"""Why logistic regression minimises cross-entropy: its cost is a bowl, and squared error's is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from descend import checks, text
from descend.checks import FloatArray
from descend.course.fitting import descend_gradient
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

LOSSES = ("binary_cross_entropy", "squared_error")
X = np.array([[3.2], [2.8], [-1.9], [3.4], [1.9]])
Y = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
STARTS = ((-6.0, 2.0), (4.0, -8.0))
"""(w, b) from which gradient descent goes down."""


class End(NamedTuple):
    """Where gradient descent came to rest."""

    w: float
    b: float
    cost: float


@dataclass(frozen=True, eq=False, repr=False)
class Surfaces(Result):
    """The costs of one sigmoid neuron a = sigmoid(w x + b) on five examples.

    Attributes
    ----------
    w, b : array (k,)
        The grid.
    cost : dict of str to array (k, k)
        J at (b[i], w[j]), by loss.
    ends : dict of str to list of End
        Where gradient descent ends from each of the starts, by loss.
    """

    SIZE: ClassVar[tuple[float, float]] = (11, 4.5)

    w: FloatArray
    b: FloatArray
    cost: dict[str, FloatArray]
    ends: dict[str, list[End]]

    @property
    def bent_down(self) -> dict[str, float]:
        """The share of the grid where the surface bends downwards along an axis or a diagonal, by loss."""
        return {loss: float(np.mean(_least_bend(J) < -1e-9)) for loss, J in self.cost.items()}

    def __str__(self) -> str:
        rows = [
            [
                loss,
                f"{self.bent_down[loss]:.0%}",
                *(f"{end.cost:.4f} at ({end.w:.2f}, {end.b:.2f})" for end in ends),
            ]
            for loss, ends in self.ends.items()
        ]
        return text.table(["cost", "bent down", *(f"ends, from {start}" for start in STARTS)], rows)

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw both surfaces as contours, with the starts and ends of gradient descent."""
        for axes, (loss, J) in zip(figure.subplots(1, 2), self.cost.items(), strict=True):
            lines = axes.contourf(self.w, self.b, J, levels=30, cmap="viridis")
            figure.colorbar(lines, ax=axes)
            for (w, b), end in zip(STARTS, self.ends[loss], strict=True):
                axes.annotate("", (end.w, end.b), (w, b), arrowprops={"arrowstyle": "->", "color": "white"})
            axes.plot(*np.array([end[:2] for end in self.ends[loss]]).T, "*", color="red", markersize=12)
            axes.set(xlabel="w", ylabel="b", title=f"{loss}, starts and ends")


def surfaces(points: int = 81, iterations: int = 20_000) -> Surfaces:
    """Draw the cost of a sigmoid neuron, by cross-entropy and by squared error, and go down from two starts.

    J = 1/m sum -(y log a + (1 - y) log(1 - a)) is convex in (w, b), J = 1/m sum 1/2 (a - y)^2 is not.

    Parameters
    ----------
    points : int
        Of the grid, along each axis.
    iterations : int
        Steps of gradient descent.

    Raises
    ------
    TypeError, ValueError
        An argument is no whole number that can be used.
    """
    points, iterations = checks.integer("points", points, 3), checks.integer("iterations", iterations, 1)
    w, b = np.linspace(-8, 8, points), np.linspace(-10, 10, points)
    neuron = Network(1, [Dense(1, "sigmoid")], dtype="float64")

    def J(w: float, b: float, loss: str) -> float:
        neuron.parameters = [w, b]
        return neuron.cost_and_gradient(X, Y, loss)[0]

    def end(start: tuple[float, float], loss: str) -> End:
        neuron.parameters = start
        descend_gradient(neuron, X, Y, 0.5, iterations, loss)
        w, b = map(float, neuron.parameters)
        return End(w, b, J(w, b, loss))

    return Surfaces(
        w,
        b,
        {loss: np.array([[J(at_w, at_b, loss) for at_w in w] for at_b in b]) for loss in LOSSES},
        {loss: [end(start, loss) for start in STARTS] for loss in LOSSES},
    )


def _least_bend(J: FloatArray) -> FloatArray:
    """The least of the second differences through each inner point, along the axes and the diagonals."""
    centre = J[1:-1, 1:-1]
    pairs = (
        (J[1:-1, :-2], J[1:-1, 2:]),
        (J[:-2, 1:-1], J[2:, 1:-1]),
        (J[:-2, :-2], J[2:, 2:]),
        (J[:-2, 2:], J[2:, :-2]),
    )
    least: FloatArray = np.min([before - 2 * centre + after for before, after in pairs], axis=0)
    return least
