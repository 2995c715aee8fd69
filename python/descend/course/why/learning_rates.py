"""Why the learning rate matters: too small crawls, too large diverges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from descend import checks, text
from descend.course.drawing import plain
from descend.course.fitting import descend_gradient
from descend.course.models.houses import UNIT, houses, standardised
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class LearningRates(Result):
    """Gradient descent for the price of a house, at several learning rates.

    Attributes
    ----------
    cost : dict of float to list of float
        Before each iteration, by learning rate; the price is in units of 100,000 dollars.
    """

    cost: dict[float, list[float]]

    def __str__(self) -> str:
        rows = [
            [f"{rate:g}", *(f"{costs[i]:.4g}" for i in (0, len(costs) // 2, -1))]
            for rate, costs in self.cost.items()
        ]
        n = len(next(iter(self.cost.values())))
        return text.table(["learning rate", "cost at first", f"cost {n // 2}", f"cost {n - 1}"], rows)

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the costs, on a logarithmic scale."""
        axes = figure.subplots()
        for rate, costs in self.cost.items():
            axes.semilogy(costs, label=f"learning rate {rate:g}")
        axes.set(xlabel="iteration", ylabel="cost")
        axes.legend(frameon=False)
        plain(axes)


def learning_rates(rates: Sequence[float] = (0.005, 0.3, 1.4), iterations: int = 60) -> LearningRates:
    """Fit house prices by gradient descent at several learning rates.

    w = w - alpha dw converges on a quadratic bowl where alpha is below 2 / (the bowl's largest curvature):
    here 2 / 1.56, the sizes and the bedrooms being standardised and correlated by 0.56.

    Parameters
    ----------
    rates : sequence of float
        The learning rates, each above 0.
    iterations : int
        Steps of gradient descent.

    Raises
    ------
    TypeError, ValueError
        There is no rate, one is not above 0, or iterations is no whole number of at least 1.
    """
    rates, iterations = checks.numbers("rates", rates, above=0), checks.integer("iterations", iterations, 1)
    X, y = houses()
    cost = {}
    for rate in rates:
        neuron = Network(2, [Dense(1, "linear", init="zeros")], dtype="float64")
        cost[rate] = descend_gradient(neuron, standardised(X), y / UNIT, rate, iterations)
    return LearningRates(cost)
