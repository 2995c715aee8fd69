"""Pictures and what they show, as the course's models take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from descend.checks import FloatArray


class Pictures(NamedTuple):
    """`X` (m, height, width) or (m, height, width, 3), bytes; `y` (m,), what each shows, as a number."""

    X: NDArray[np.uint8]
    y: NDArray[np.integer[Any]]

    def features(self) -> FloatArray:
        """A row for each picture, from 0 to 1.

        X.reshape(m, -1): never reshape(-1, m), which mixes the pictures.

        Raises
        ------
        ValueError
            X is not made of bytes, but perhaps from 0 to 1 already.
        """
        if self.X.dtype != np.uint8:
            raise ValueError(f"the pictures are made of {self.X.dtype}: give bytes, uint8, from 0 to 255.")
        return self.X.reshape(len(self.X), -1) / 255

    def take(self, m: int) -> Pictures:
        """The first m."""
        return Pictures(self.X[:m], self.y[:m])
