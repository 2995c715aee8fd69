"""Why hidden layers are relu: sigmoids flatten out, and the lower layers of a deep network hardly learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from descend import checks, text
from descend.course.digits import digits
from descend.course.drawing import curves, plain
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network
from descend.optimizers import GradientDescent
from descend.training import train

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

HIDDEN = ("sigmoid", "tanh", "relu")


@dataclass(frozen=True, eq=False, repr=False)
class Saturation(Result):
    """The same network with three activations.

    Attributes
    ----------
    cost : dict of str to list of float
        By epoch, for each hidden activation.
    gradient_norm : dict of str to list of float
        The norm of dW[1] .. dW[L] before training.
    """

    cost: dict[str, list[float]]
    gradient_norm: dict[str, list[float]]

    def __str__(self) -> str:
        rows = [
            [g, f"{self.cost[g][0]:.4f}", f"{self.cost[g][-1]:.4f}", f"{norms[0]:.1e}", f"{norms[-1]:.1e}"]
            for g, norms in self.gradient_norm.items()
        ]
        epochs = len(next(iter(self.cost.values())))
        header = ["hidden", "cost, epoch 1", f"cost, epoch {epochs}", "norm of dW[1]", "norm of dW[L]"]
        return text.table(header, rows)

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the costs and, beside them, the norms of the first gradient by layer."""
        costs, norms = figure.subplots(1, 2)
        curves(costs, self.cost, x="epoch")
        for name, values in self.gradient_norm.items():
            norms.semilogy(range(1, len(values) + 1), values, "o-", label=name)
        norms.set(xlabel="layer l", ylabel="norm of dW[l] before training")
        norms.xaxis.get_major_locator().set_params(integer=True)
        plain(norms)


def saturation(depth: int = 5, units: int = 32, epochs: int = 60, seed: int = 0) -> Saturation:
    """Train one deep network on handwritten digits with sigmoid, tanh and relu in its hidden layers.

    dZ[l] = dA[l] * g'(Z[l]): sigmoid's g' is at most 1/4, so that each layer passes less than that of dA on.

    Parameters
    ----------
    depth, units : int
        Hidden layers, and units of each.
    epochs : int
        Passes over the digits, in batches of 32.
    seed : int
        What the weights (the same for all, at first) and the batches are drawn from.

    Raises
    ------
    TypeError, ValueError
        An argument is no whole number that can be used.
    """
    depth, seed = checks.integer("depth", depth, 1), checks.seed(seed)
    X, y = digits()
    cost, gradient_norm = {}, {}
    for g in HIDDEN:
        hidden = [Dense(units, g, init="xavier")] * depth
        network = Network(X.shape[1], [*hidden, Dense(10, "softmax")], seed=seed)
        gradient_norm[g] = [facts.norm_dW for facts in network.trace(X, y).layers]
        history = train(
            network, X, y, optimizer=GradientDescent(0.1), epochs=epochs, seed=seed, progress=False
        )
        cost[g] = history.cost
    return Saturation(cost, gradient_norm)
