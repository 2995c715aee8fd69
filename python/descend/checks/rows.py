"""X (m, n[0]), dense or sparse."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from descend import _core
from descend.checks.arrays import FILL, as_dtype, is_sparse, not_finite, real_array

Rows: TypeAlias = Any
"""X (m, n[0]): an array in C order, or SciPy's CSR with ascending columns, which is never made dense."""


def features(
    given: object, n_features: int, dtype: np.dtype[Any], name: str = "X", n_threads: int = 0
) -> Rows:
    """X (m, n[0]) of the network's dtype, finite: in C order, or, where it is sparse, as CSR.

    Up to `n_threads` threads look through it; 0 chooses.

    Raises
    ------
    TypeError
        Text or complex numbers.
    ValueError
        Any other rank than 2, another number of columns, NaN or infinity (with row and column).
    """
    if is_sparse(given):
        _check_shape(given.shape, n_features, name)  # type: ignore[attr-defined]
        return _csr(given, name, dtype)
    array = real_array(given, name)
    _check_shape(array.shape, n_features, name)
    return as_dtype(array, given, name, dtype, n_threads=n_threads)


def for_core(X: Rows) -> Any:
    """Checked rows as the core's own argument."""
    if not is_sparse(X):
        return X
    kind = _core.SparseRows32 if X.dtype == np.float32 else _core.SparseRows64
    return kind(X.data, X.indices, X.indptr, X.shape[1])


def _csr(given: Any, name: str, dtype: np.dtype[Any]) -> Any:
    """A sparse matrix as CSR with ascending columns and finite values of this dtype."""
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} is a sparse matrix of {given.dtype}: give one of real numbers.")
    csr = given.tocsr()
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    with np.errstate(over="ignore"):
        converted = csr.astype(dtype, copy=False)
    bad = ~np.isfinite(converted.data)
    if bad.any():
        k = int(bad.argmax())
        row = int(np.searchsorted(csr.indptr, k, side="right")) - 1
        raise not_finite(f"{name}[{row}, {csr.indices[k]}]", csr.data[k], dtype, FILL)
    return converted


def _check_shape(shape: tuple[int, ...], n_features: int, name: str) -> None:
    """Refuse what is not (m, n_features)."""
    if len(shape) != 2:
        remedies = {
            1: f"{name}.reshape(1, -1) makes it one example, {name}.reshape(-1, 1) one feature",
            0: f"[[{name}]] is one example of one feature",
        }
        raise ValueError(
            f"{name} has shape {shape}, and rows of examples, shape (m, {n_features}), are needed: "
            f"{remedies.get(len(shape), f'{name}.reshape(len({name}), -1) makes a row of each example')}."
        )
    if shape[1] != n_features:
        remedy = (
            f"examples are rows, so give {name}.T"
            if shape[0] == n_features
            else f"give {name} of shape (m, {n_features})"
        )
        raise ValueError(
            f"{name} has {shape[1]} features (shape {shape}), the network takes {n_features}: {remedy}."
        )
