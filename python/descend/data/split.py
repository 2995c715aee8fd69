"""Which rows train, which choose, which judge."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


class Split(NamedTuple):
    """Row numbers of the three parts, each in ascending order."""

    train: Rows
    validation: Rows
    test: Rows


def split(
    m: int, *, validation: float, test: float, seed: int, classes: NDArray[np.integer[Any]] | None = None
) -> Split:
    """Deal `m` rows into a training, a validation and a test part, at random.

    Parameters
    ----------
    m
        Number of rows.
    validation, test
        The shares of all rows, at least 0, together below 1.
    seed
        The same seed deals the same way.
    classes
        Class numbers ``(m,)``. Each class is dealt in the same shares, to within a row, and one of its rows
        always trains, so that no class is met that training has not seen.

    Raises
    ------
    ValueError
        Shares that leave nothing to train on, or a part that was asked for and would be empty.
    """
    if min(validation, test) < 0 or validation + test >= 1:
        raise ValueError(
            f"the shares are {validation:g} for validation and {test:g} for testing: "
            "give shares of at least 0 that leave rows to train on."
        )
    n_validation, n_test = round(validation * m), round(test * m)
    for share, n, name in ((validation, n_validation, "validation"), (test, n_test, "test")):
        if share and not n:
            raise ValueError(f"a share of {share:g} of {m} rows leaves no {name} part: give more rows, or 0.")

    shuffled = np.random.default_rng(seed).permutation(m)
    kept = np.zeros(m, dtype=bool)
    if classes is not None:
        shuffled = shuffled[np.argsort(classes[shuffled], kind="stable")]
        kept[np.unique(classes[shuffled], return_index=True)[1]] = True
    rest = shuffled[~kept]
    if n_validation + n_test > len(rest) or n_validation + n_test == m:
        raise ValueError(
            f"{n_validation} rows for validation and {n_test} for testing leave too few of {m} to train on: "
            "give more rows or smaller shares."
        )
    tests = _spread(len(rest), n_test)
    others = rest[~tests]
    validates = _spread(len(others), n_validation)
    train = np.concatenate([shuffled[kept], others[~validates]])
    return Split(np.sort(train), np.sort(others[validates]), np.sort(rest[tests]))


def _spread(n: int, k: int) -> NDArray[np.bool_]:
    """A mask of `n` places with `k` chosen, evenly apart: of rows by class, a share of each class."""
    chosen: NDArray[np.bool_] = np.diff((np.arange(n + 1) * k + n // 2) // max(n, 1)) > 0
    return chosen
