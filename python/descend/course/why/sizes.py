"""What hidden units and layers buy: the cost that networks of several sizes come down to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from descend import checks, text
from descend.course.drawing import plain
from descend.course.models.flower import flower
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network
from descend.optimizers import Adam
from descend.training import train

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class Sizes(Result):
    """The cost on the planar flower after training, by size.

    Attributes
    ----------
    units, layers : tuple of int
        What was tried.
    cost : dict of (int, int) to float
        By (layers, units).
    """

    units: tuple[int, ...]
    layers: tuple[int, ...]
    cost: dict[tuple[int, int], float]

    def __str__(self) -> str:
        rows = [[str(n), *(f"{self.cost[depth, n]:.4f}" for depth in self.layers)] for n in self.units]
        return text.table(["units", *(f"{depth} hidden" for depth in self.layers)], rows)

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw a line for each number of layers."""
        axes = figure.subplots()
        for depth in self.layers:
            costs = [self.cost[depth, n] for n in self.units]
            axes.plot(self.units, costs, "o-", label=f"{depth} hidden layer{'s' * (depth > 1)}")
        axes.set(xscale="log", xlabel="units in each hidden layer", ylabel="cost after training")
        axes.set_xticks(self.units, map(str, self.units))
        axes.minorticks_off()
        axes.legend(frameon=False)
        plain(axes)


def sizes(
    units: Sequence[int] = (1, 2, 3, 5, 10, 20),
    layers: Sequence[int] = (1, 2, 3),
    epochs: int = 1000,
    seed: int = 0,
) -> Sizes:
    """Train networks of several widths and depths on the planar flower, alike in all else.

    Parameters
    ----------
    units, layers : sequence of int
        Units of each hidden layer, and hidden layers, to try.
    epochs : int
        Steps of Adam, over all 400 points each.
    seed : int
        What the weights are drawn from.

    Raises
    ------
    TypeError, ValueError
        An argument is no whole number that can be used, or there is none of units or of layers.
    """
    units, layers = checks.integers("units", units, 1), checks.integers("layers", layers, 0)
    epochs, seed = checks.integer("epochs", epochs, 1), checks.seed(seed)
    X, y = flower()
    cost = {}
    for depth in layers:
        for n in units:
            network = Network(2, [*[Dense(n, "tanh")] * depth, Dense(1, "sigmoid")], seed=seed)
            history = train(
                network, X, y, optimizer=Adam(0.02), epochs=epochs, batch_size="full", progress=False
            )
            cost[depth, n] = history.cost[-1]
    return Sizes(units, layers, cost)
