"""A matrix in a ``.npy`` file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from descend.data.load.numpy_files import read_npy

Array: TypeAlias = NDArray[Any]

_BLOCK_BYTES = 2**16


@dataclass(frozen=True)
class ArrayRows:
    """The rows of X, but for one column where y is that, and of y.

    A part is made of blocks of 64 kB from all over the file. Files are mapped anew for each part, so that
    the pages of the one before count no longer as this process's memory.
    """

    X: Path | Array
    y: Path | Array | int
    n_rows: int
    n_inputs: int

    @classmethod
    def opened(cls, X: Any, y: Any) -> ArrayRows:
        """Of a matrix and its targets, as `stream` takes them.

        Raises
        ------
        ValueError
            X is no matrix, y has another length, or there is no such column.
        """
        X, y = _file(X), y if isinstance(y, int) else _file(y)
        mapped = _mapped(X)
        if mapped.ndim != 2:
            raise ValueError(f"X has shape {mapped.shape}: give a matrix, shape (m, n).")
        m, n = mapped.shape
        if not isinstance(y, int):
            if len(_mapped(y)) != m:
                raise ValueError(f"X has {m} rows and y has {len(_mapped(y))}: give one y for each row.")
            return cls(X, y, m, n)
        if not -n <= y < n:
            raise ValueError(f"X has {n} columns, and none at {y}: give an index from {-n} to {n - 1}.")
        return cls(X, y % n, m, n - 1)

    def parts(self, rows: int, rng: np.random.Generator | None) -> Iterator[tuple[Array, Array, None]]:
        """As `Rows` says."""
        block = max(1, _BLOCK_BYTES // _mapped(self.X)[:1].nbytes)
        begins = np.arange(0, self.n_rows, block)
        if rng is not None:
            rng.shuffle(begins)
        ends = np.minimum(begins + block, self.n_rows)
        places = np.concatenate([[0], np.cumsum(ends - begins)])
        for first in range(0, self.n_rows, rows):
            last = min(first + rows, self.n_rows)
            i, j = np.searchsorted(places, first, "right") - 1, np.searchsorted(places, last, "left")
            cut_begins, cut_ends = begins[i:j].copy(), ends[i:j].copy()
            cut_ends[-1] -= places[j] - last
            cut_begins[0] += first - places[i]
            yield self._part(cut_begins, cut_ends)

    def _part(self, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> tuple[Array, Array, None]:
        X = _mapped(self.X)
        part = np.concatenate([X[begin:end] for begin, end in zip(begins, ends, strict=True)])
        if isinstance(self.y, int):
            return np.delete(part, self.y, axis=1), part[:, self.y], None
        y = _mapped(self.y)
        return part, np.concatenate([y[begin:end] for begin, end in zip(begins, ends, strict=True)]), None


def _file(given: Any) -> Path | Array:
    """A path, also of an array that is a whole ``.npy`` file mapped; or the array itself."""
    if isinstance(given, str | PathLike):
        return Path(given)
    filename = getattr(given, "filename", None)
    if filename is not None and str(filename).endswith(".npy"):
        mapped = read_npy(Path(filename))
        if (mapped.shape, mapped.dtype) == (given.shape, given.dtype):
            return Path(filename)
    return np.asarray(given)


def _mapped(given: Path | Array) -> Array:
    return read_npy(given) if isinstance(given, Path) else given
