"""Central differences of a cost, in float64: what it does when single parameters move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)
# Where the rounding of a central difference, eps / h, is as large as its truncation, h^2: the first step.
# Where the two gradients disagree, more steps are taken, each so many times shorter.
_STEP = float(np.cbrt(_EPS))
_SHORTER = 8
_STEPS = 4
# A cost is exact to so many times its rounding, or that of 1.
_ROUNDINGS = 16


class Beside(NamedTuple):
    """Derivatives, their approximations, how far rounding may take these, and which have none."""

    gradient: Vector
    approximation: Vector
    rounding: Vector
    at_kink: npt.NDArray[np.bool_]


@dataclass
class Slopes:
    """How the cost moves with single parameters theta.

    (J(theta + h) - J(theta - h)) / 2h

    Attributes
    ----------
    J : callable
        The cost, of the parameters as they are.
    parameters : array (P,)
        Moved in place, one at a time, and put back.
    cost : float
        J where all are in their places.
    tolerance : float
        How far a derivative may be from its approximation, relative to it, without a closer look.
    """

    J: Callable[[], float]
    parameters: Vector
    cost: float
    tolerance: float

    def beside(self, places: npt.NDArray[np.intp], gradient: Vector) -> Beside:
        """The approximations of the derivatives by the parameters in these places."""
        found = [self._at(int(i), float(g)) for i, g in zip(places, gradient, strict=True)]
        approximation, rounding, at_kink = (np.array(column) for column in zip(*found, strict=True))
        return Beside(gradient, approximation, rounding, at_kink)

    def _at(self, i: int, g: float) -> tuple[float, float, bool]:
        """An approximation of derivative g, how far rounding may take it, and whether it is at a kink."""
        h = _STEP * max(1.0, abs(float(self.parameters[i])))
        last, last_jump, rounding = self._central(i, h)
        if abs(g - last) <= max(rounding, self.tolerance * abs(g)):
            return last, rounding, False
        for _ in range(1, _STEPS):
            h /= _SHORTER
            slope, jump, rounding = self._central(i, h)
            if abs(slope - last) <= rounding:
                return last, rounding, jump > max(last_jump / 2, rounding)
            last, last_jump = slope, jump
        return last, rounding, False

    def _central(self, i: int, h: float) -> tuple[float, float, float]:
        """The slope from h below parameter i to h above it, the jump in its middle, and their rounding.

        The jump, between the slopes of the two halves, shrinks with h except at a kink.
        """
        value = self.parameters[i]
        self.parameters[i] = value + h
        above = self.J()
        self.parameters[i] = value - h
        below = self.J()
        self.parameters[i] = value
        rounding = _ROUNDINGS * _EPS * max(1.0, abs(self.cost)) / h
        return (above - below) / (2 * h), abs(above - 2 * self.cost + below) / h, rounding
