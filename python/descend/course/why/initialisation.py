"""Why weights start small and random: equal units stay equal for ever, and large weights saturate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from descend import checks, text
from descend.checks import FloatArray
from descend.course.drawing import curves, plain
from descend.course.fitting import accuracy, classifier, descend_gradient, draw_weights
from descend.course.models.flower import LEARNING_RATE, flower
from descend.course.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

SCALES = {"zero": 0.0, "small": 0.01, "large": 100.0}


class Start(NamedTuple):
    """What became of one way to start.

    `cost` is that before each iteration; `W` is W[1] (n[1], n[0]) after the last; `saturated` is the share of
    g'(Z[1]) below 0.005 before the first; `accuracy` is on the points trained on.
    """

    cost: list[float]
    W: FloatArray
    saturated: float
    accuracy: float

    @property
    def units_differ_by(self) -> float:
        """The largest difference between two units' weights in layer 1."""
        return float(np.ptp(self.W, axis=0).max())


@dataclass(frozen=True, eq=False, repr=False)
class Initialisation(Result):
    """The planar flower's network from three starts.

    Attributes
    ----------
    starts : dict of str to Start
        zero, small and large weights.
    """

    SIZE: ClassVar[tuple[float, float]] = (11, 4)

    starts: dict[str, Start]

    def __str__(self) -> str:
        rows = [
            [
                f"{name} ({SCALES[name]:g})",
                f"{start.cost[-1]:.4f}",
                f"{start.accuracy:.1%}",
                f"{start.units_differ_by:.3g}",
                f"{start.saturated:.0%}",
            ]
            for name, start in self.starts.items()
        ]
        return (
            text.table(["W starts", "cost", "accuracy", "units differ by", "saturated at first"], rows)
            + "\nFrom zero, all units of the hidden layer get the same gradient, so they stay one unit. "
            "Small random\nweights break the symmetry; large ones put tanh where it is flat."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the costs and, beside them, each hidden unit's weights at the end."""
        costs, units = figure.subplots(1, 2)
        curves(costs, {name: start.cost for name, start in self.starts.items()})
        costs.set_yscale("log")
        for name, marker in zip(("zero", "small"), "os", strict=True):
            units.plot(*self.starts[name].W.T, marker, label=f"{name} start", alpha=0.7)
        units.set(xlabel="weight of x1", ylabel="weight of x2", title="hidden units after training")
        units.legend(frameon=False)
        plain(units)


def initialisation(n_h: int = 4, iterations: int = 3000) -> Initialisation:
    """Train the planar flower's network from zero, small random and large random weights.

    W[l] = randn(n[l], n[l-1]) * scale, with scale 0, 0.01 and 100

    Parameters
    ----------
    n_h : int
        The hidden units, of tanh.
    iterations : int
        Steps of gradient descent.

    Raises
    ------
    TypeError, ValueError
        An argument is no whole number that can be used.
    """
    n_h, iterations = checks.integer("n_h", n_h, 1), checks.integer("iterations", iterations, 1)
    return Initialisation({name: _started(n_h, scale, iterations) for name, scale in SCALES.items()})


def _started(n_h: int, scale: float, iterations: int) -> Start:
    X, y = flower()
    W = draw_weights([2, n_h, 1], seed=2, scale=lambda _: scale)
    network = classifier(W, "tanh")
    saturated = network.trace(X, y).layers[0].saturated or 0.0
    cost = descend_gradient(network, X, y, LEARNING_RATE, iterations)
    return Start(cost, network.layers[0].W.copy(), saturated, accuracy(network, X, y))
