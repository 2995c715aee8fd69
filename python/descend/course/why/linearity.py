"""Why layers need an activation that is not linear: without one, any depth is one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import checks
from descend.checks import FloatArray
from descend.course.drawing import plain
from descend.course.result import Result
from descend.dense import Dense
from descend.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class Linearity(Result):
    """A deep linear network beside the one layer that it is equal to.

    Attributes
    ----------
    units : tuple of int
        n[0] .. n[L].
    W : array (n[L], n[0])
        W[L] ... W[2] W[1].
    b : array (n[L], 1)
        What is left of all biases.
    deep, shallow : array (m, n[L])
        The outputs of both, for the same examples.
    """

    SIZE: ClassVar[tuple[float, float]] = (5, 4)

    units: tuple[int, ...]
    W: FloatArray
    b: FloatArray
    deep: FloatArray
    shallow: FloatArray

    @property
    def largest_difference(self) -> float:
        """Of the outputs, relative to the largest of them."""
        return float(np.abs(self.deep - self.shallow).max() / np.abs(self.deep).max())

    def __str__(self) -> str:
        sizes = "-".join(map(str, self.units))
        return (
            f"A linear network {sizes}: its W[L] ... W[1] make one W of shape {self.W.shape},\n"
            f"and its outputs for {len(self.deep)} examples are that one layer's, to "
            f"{self.largest_difference:.1e} of the largest."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw the deep network's outputs against the one layer's."""
        axes = figure.subplots()
        ends = [self.deep.min(), self.deep.max()]
        axes.plot(ends, ends, color="grey", linewidth=0.8)
        axes.plot(self.shallow.ravel(), self.deep.ravel(), ".")
        axes.set(xlabel="one layer: W X + b", ylabel=f"{len(self.units) - 1} linear layers")
        axes.set_title(f"largest relative difference {self.largest_difference:.0e}")
        plain(axes)


def linearity(units: Sequence[int] = (5, 40, 30, 20, 1), m: int = 100, seed: int = 0) -> Linearity:
    """Multiply a deep linear network out into one layer, and compare.

    A[2] = W[2] (W[1] X + b[1]) + b[2] = (W[2] W[1]) X + (W[2] b[1] + b[2])

    Parameters
    ----------
    units : sequence of int
        n[0] .. n[L].
    m : int
        How many examples to compare on.
    seed : int
        What weights, biases and examples are drawn from.

    Raises
    ------
    TypeError, ValueError
        Fewer than two sizes, or an argument that is no whole number that can be used.
    """
    units, m = checks.integers("units", units, 1), checks.integer("m", m, 1)
    if len(units) < 2:
        raise ValueError(f"units is {units}: give n[0] and at least one layer's size.")
    rng = np.random.default_rng(checks.seed(seed))
    network = Network(units[0], [Dense(n, "linear") for n in units[1:]], seed=seed, dtype="float64")
    for layer in network.layers:
        layer.b = rng.normal(size=layer.b.shape)
    X = rng.normal(size=(m, units[0]))

    W, b = np.eye(units[0]), np.zeros((units[0], 1))
    for layer in network.layers:
        W, b = layer.W @ W, layer.W @ b + layer.b
    return Linearity(tuple(units), W, b, network.predict(X), (W @ X.T + b).T)
