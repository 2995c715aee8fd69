"""Sparse matrices: scaled column by column, so that what is 0 stays 0."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from descend.data.constants import Constants


class SparseScaling(Constants):
    """``x / max |x|`` of every column."""

    kind: Literal["sparse"] = "sparse"
    scales: tuple[float, ...]

    @classmethod
    def fit(cls, X: Any) -> SparseScaling:
        """The greatest magnitude in each column of the training part (m, n), in CSR format."""
        from sklearn.preprocessing import MaxAbsScaler

        return cls(scales=tuple(MaxAbsScaler().fit(X).scale_.tolist()))

    @property
    def inputs(self) -> list[str]:
        """Which column each of the ``n[0]`` inputs is."""
        return [f"column {j}" for j in range(len(self.scales))]

    @property
    def blocks(self) -> dict[str, NDArray[np.intp]]:
        """Which of the ``n[0]`` inputs each column has."""
        return {name: np.array([j]) for j, name in enumerate(self.inputs)}

    def transform(self, X: Any) -> Any:
        """Inputs ``(m, n[0])`` in CSR format, in float32.

        Raises
        ------
        ValueError
            X has another number of columns than in training.
        """
        if X.shape[1] != len(self.scales):
            raise ValueError(f"X has {X.shape[1]} columns, and in training it had {len(self.scales)}.")
        scaled = X.tocsr().astype(np.float32, copy=True)
        scaled.data /= np.array(self.scales, np.float32)[scaled.indices]
        return scaled
