"""The 1797 handwritten digits that come with scikit-learn, for the lessons that need real pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from descend.checks import FloatArray


def digits() -> tuple[FloatArray, NDArray[np.int64]]:
    """X (1797, 64), the 8 x 8 pixels in 0 .. 1, and y (1797,), the digits."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X / 16, y
