"""X after scikit-learn's checks, as the core takes it: an array of rows, or CSR that is never made dense."""

from __future__ import annotations

from typing import Any

import numpy as np

from descend import _core, checks
from descend.network import Network

Rows = Any  # an array (m, n[0]) in C order, or a CSR matrix with ascending columns


def rows(X: Any, dtype: np.dtype[Any]) -> Rows:
    """Checked X (m, n[0]) of this dtype; no copy where it is so already.

    Raises
    ------
    ValueError
        A value is too large for the dtype.
    """
    if not hasattr(X, "tocsr"):
        if X.dtype == dtype and X.flags.c_contiguous:
            return X
        return checks.features(X, X.shape[1], dtype)
    csr = X.tocsr()
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    if csr.dtype != dtype:
        with np.errstate(over="ignore"):
            csr = csr.astype(dtype)
        if not np.isfinite(csr.data).all():
            raise ValueError(f"X has values too large for {dtype.name}: scale the data, or fit on float64.")
    return csr


def for_core(X: Rows) -> Any:
    """The rows as the core's own argument."""
    if not hasattr(X, "tocsr"):
        return X
    kind = _core.SparseRows32 if X.dtype == np.float32 else _core.SparseRows64
    return kind(X.data, X.indices, X.indptr, X.shape[1])


def outputs(network: Network, X: Rows, n_threads: int | None) -> Any:
    """A[L] (m, n[L])."""
    if not hasattr(X, "tocsr"):
        return network.predict(X, n_threads=n_threads)
    return network.core_at_rest().predict(for_core(X), checks.threads(n_threads))
