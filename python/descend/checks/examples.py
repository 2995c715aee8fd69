"""X, y and sample_weight of the same examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from descend.checks.arrays import Array, real_array
from descend.checks.rows import Rows, features
from descend.checks.targets import targets

if TYPE_CHECKING:
    from descend.ensemble import Ensemble
    from descend.network import Network


class Examples(NamedTuple):
    """Checked rows: X (m, n[0]); Y (m, n[L]), or class numbers (m,); weights (m,), if any."""

    X: Rows
    Y: Array
    weight: npt.NDArray[np.float64] | None

    def take(self, rows: npt.NDArray[np.intp]) -> Examples:
        """The examples of these row numbers."""
        return Examples(self.X[rows], self.Y[rows], None if self.weight is None else self.weight[rows])


def examples(
    network: Network | Ensemble,
    X: object,
    y: object,
    weight: object,
    loss: str,
    names: tuple[str, str, str] = ("X", "y", "sample_weight"),
    n_threads: int = 0,
) -> Examples:
    """Everything about examples that a network with this loss is to learn from or to be judged by.

    Up to `n_threads` threads look through X; 0 chooses.

    Raises
    ------
    TypeError, ValueError
        As `features`, `targets` and `weights` raise, and for no rows at all.
    """
    rows = features(X, network.n_inputs, network.dtype, names[0], n_threads)
    m = rows.shape[0]
    if m == 0:
        raise ValueError(f"{names[0]} has no rows (shape {rows.shape}): give at least one example.")
    Y = targets(y, m, network.n_outputs, loss, network.dtype, (names[1], names[0]))
    return Examples(rows, Y, None if weight is None else weights(weight, m, names[2]))


def weights(given: object, m: int, name: str = "sample_weight") -> npt.NDArray[np.float64]:
    """`sample_weight` (m,): finite, none negative, not all zero.

    Raises
    ------
    TypeError
        Text or complex numbers.
    ValueError
        Another shape, or weights that are none.
    """
    array = real_array(given, name)
    if array.shape != (m,):
        raise ValueError(
            f"{name} has shape {array.shape}: give one weight for each of the {m} examples, shape ({m},)."
        )
    array = np.ascontiguousarray(array, dtype=np.float64)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        i = int(bad.argmax())
        raise ValueError(f"{name}[{i}] is {array[i]:g}: give finite weights of at least 0.")
    if not array.any():
        raise ValueError(f"{name} is 0 for every example: give at least one example a weight above 0.")
    return array
