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
    shuffled = np.random.default_rng(seed).permutation(m)
    kept = np.zeros(m, dtype=bool)
    if classes is not None:
        shuffled = shuffled[np.argsort(classes[shuffled], kind="stable")]
        kept[np.unique(classes[shuffled], return_index=True)[1]] = True
    into_test = _spread(m, test)
    into_validation = np.zeros(m, dtype=bool)
    into_validation[~into_test] = _spread(int((~into_test).sum()), validation / (1 - test))
    parts = Split(
        np.sort(shuffled[~into_test & ~into_validation | kept]),
        np.sort(shuffled[into_validation & ~kept]),
        np.sort(shuffled[into_test & ~kept]),
    )
    for share, part, name in ((validation, parts.validation, "validation"), (test, parts.test, "test")):
        if share and not len(part):
            raise ValueError(f"a share of {share:g} of {m} rows leaves no {name} part: give more rows, or 0.")
    if not len(parts.train):
        raise ValueError(f"the shares leave none of {m} rows to train on: give more rows or smaller shares.")
    return parts


def _spread(n: int, share: float) -> NDArray[np.bool_]:
    """A mask of `n` places, `share` of them true, evenly apart: of rows by class, a share of each."""
    chosen: NDArray[np.bool_] = np.diff(np.floor(np.arange(n + 1) * share + 0.5)) > 0
    return chosen
