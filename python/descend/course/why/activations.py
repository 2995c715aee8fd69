"""Activations and their derivatives, as the network computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from descend import _core, checks, text
from descend.checks import FloatArray
from descend.course.drawing import plain
from descend.course.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NAMES = tuple(name for name in _core.ACTIVATIONS if name != "softmax")
"""Those that work on one number."""


@dataclass(frozen=True, eq=False, repr=False)
class Activations(Result):
    """g and g' of every element-wise activation.

    Attributes
    ----------
    z : array (k,)
        Where.
    g, derivative : dict of str to array (k,)
        g(z) and g'(z), by the activation's name.
    """

    SIZE: ClassVar[tuple[float, float]] = (12, 5)

    z: FloatArray
    g: dict[str, FloatArray]
    derivative: dict[str, FloatArray]

    def __str__(self) -> str:
        at = np.linspace(0, len(self.z) - 1, 5).astype(int)
        rows = [[name, *(f"{slope:.4f}" for slope in self.derivative[name][at])] for name in self.g]
        header = ["g'(z) at", *(f"{z:g}" for z in self.z[at])]
        return (
            f"{text.table(header, rows)}\n"
            "Far from 0, sigmoid and tanh are flat: their derivatives, and with them dZ, all but vanish.\n"
            "Those of relu and its kin stay near 1 above 0."
        )

    def draw(self, figure: Figure | SubFigure) -> None:
        """Draw a panel for each activation, its derivative dashed."""
        panels = figure.subplots(2, -(-len(self.g) // 2), sharex=True)
        for axes, name in zip(panels.flat, self.g, strict=False):
            axes.plot(self.z, self.g[name], label="g")
            axes.plot(self.z, self.derivative[name], "--", label="g'")
            axes.set(title=name, ylim=(-1.6, 3))
            axes.axhline(0, color="grey", linewidth=0.5)
            plain(axes)
        figure.axes[0].legend(frameon=False)


def activations(low: float = -5.0, high: float = 5.0) -> Activations:
    """Tabulate g and g' between two numbers.

    A = g(Z), dZ = dA * g'(Z); with dA = 1, dZ is g'(Z).

    Raises
    ------
    TypeError, ValueError
        An end is no finite number, or `low` is not below `high`.
    """
    low, high = checks.number("low", low), checks.number("high", high)
    if not low < high:
        raise ValueError(f"low is {low:g} and high is {high:g}: give a low below high.")
    z = np.linspace(low, high, 401)
    ones = np.ones_like(z)
    return Activations(
        z,
        {name: _core.activation_forward(z, name) for name in NAMES},
        {name: _core.activation_backward(ones, z, name) for name in NAMES},
    )
