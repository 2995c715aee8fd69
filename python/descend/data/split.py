"""Which rows train, which choose, which judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


class Split(NamedTuple):
    """Row numbers of the three parts, each in ascending order."""

    train: Rows
    validation: Rows
    test: Rows


def split_at_random(
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
    n_validation, n_test = _counts(m, validation, test)
    shuffled = np.random.default_rng(seed).permutation(m)
    kept = np.zeros(m, dtype=bool)
    if classes is not None:
        shuffled = shuffled[np.argsort(classes[shuffled], kind="stable")]
        kept[np.unique(classes[shuffled], return_index=True)[1]] = True
    rest = shuffled[~kept]
    if n_validation + n_test > len(rest) and kept.any():
        raise ValueError(
            f"the target has {kept.sum()} classes in {m} rows, and one row of each trains, which leaves too "
            f"few for {n_validation} rows of validation and {n_test} of testing: give more rows of each "
            "class, smaller shares, or another target."
        )
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


def split_by_groups(groups: NDArray[np.integer[Any]], *, validation: float, test: float, seed: int) -> Split:
    """Deal whole groups at random, so that no part has rows of a group that another has too.

    Parameters
    ----------
    groups
        The group of each row, as a number ``(m,)``.
    validation, test
        The shares of the groups.
    seed
        The same seed deals the same way.

    Raises
    ------
    ValueError
        As `split_at_random`, of groups.
    """
    names, numbers = np.unique(groups, return_inverse=True)
    _counts(len(names), validation, test, "groups")
    of_groups = split_at_random(len(names), validation=validation, test=test, seed=seed)
    return Split(*(np.flatnonzero(np.isin(numbers, part)) for part in of_groups))


def split_by_time(moments: NDArray[Any], *, validation: float, test: float) -> Split:
    """The earliest rows train, later ones validate, and the latest test; equal moments stay together.

    Raises
    ------
    ValueError
        As `split_at_random`, or too many rows of one moment.
    """
    m = len(moments)
    n_validation, n_test = _counts(m, validation, test)
    order = np.argsort(moments, kind="stable")
    sorted_moments = moments[order]
    ends = [
        int(np.searchsorted(sorted_moments, sorted_moments[end])) if 0 < end < m else end
        for end in (m - n_test - n_validation, m - n_test)
    ]
    if ends[0] == 0 or (n_validation and ends[0] == ends[1]):
        raise ValueError(
            "too many rows have one moment to be split by time: give other shares, or another column."
        )
    return Split(*(np.sort(part) for part in np.split(order, ends)))


def split_by_names(names: Sequence[object]) -> Split:
    """The rows whose word is train, validation (or valid, val) and test.

    Raises
    ------
    ValueError
        Another word, or no row that trains.
    """
    words = [str(name).lower() for name in names]
    for word in dict.fromkeys(words):
        if word not in _PARTS:
            raise ValueError(
                f"the column to split by holds {word!r}: it should say train, validation or test."
            )
    parts = np.array([_PARTS[word] for word in words])
    if not (parts == 0).any():
        raise ValueError("the column to split by says train in no row: give rows to learn from.")
    return Split(*(np.flatnonzero(parts == part) for part in range(3)))


def folds(
    m: int,
    k: int,
    *,
    seed: int,
    classes: NDArray[np.integer[Any]] | None = None,
    groups: NDArray[np.integer[Any]] | None = None,
) -> Iterator[Split]:
    """Split `m` rows `k` times, so that each row tests once and trains in all the others.

    Where `classes` ``(m,)`` are given, each fold has its share of each; where `groups` ``(m,)`` are, none is
    torn apart.

    Raises
    ------
    ValueError
        Fewer rows, groups or examples of a class than folds.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if groups is None:
        kind: Any = KFold if classes is None else StratifiedKFold
    else:
        kind = GroupKFold if classes is None else StratifiedGroupKFold
    if groups is not None:
        least, of = len(np.unique(groups)), "groups"
    elif classes is not None:
        least, of = int(np.bincount(classes).min()), "rows of the rarest class"
    else:
        least, of = m, "rows"
    if not 2 <= k <= least:
        raise ValueError(f"{k} folds cannot be made of {least} {of}: give 2 to {least} folds.")
    dealer = kind(k, shuffle=True, random_state=seed % 2**32)
    none = np.empty(0, np.intp)
    for train, test in dealer.split(np.zeros(m), classes, groups):
        yield Split(train, none, test)


_PARTS = {"train": 0, "training": 0, "validation": 1, "valid": 1, "val": 1, "test": 2, "testing": 2}


def _counts(m: int, validation: float, test: float, what: str = "rows") -> tuple[int, int]:
    """How many of `m` rows, or of what else is dealt, validate and how many test."""
    if min(validation, test) < 0 or validation + test >= 1:
        raise ValueError(
            f"the shares are {validation:g} for validation and {test:g} for testing: "
            f"give shares of at least 0 that leave {what} to train on."
        )
    n_validation, n_test = round(validation * m), round(test * m)
    for share, n, name in ((validation, n_validation, "validation"), (test, n_test, "test")):
        if share and not n:
            raise ValueError(
                f"a share of {share:g} of {m} {what} leaves no {name} part: give more {what}, or 0."
            )
    return n_validation, n_test


def _spread(n: int, k: int) -> NDArray[np.bool_]:
    """A mask of `n` places with `k` chosen, evenly apart: of rows by class, a share of each class."""
    chosen: NDArray[np.bool_] = np.diff((np.arange(n + 1) * k + n // 2) // max(n, 1)) > 0
    return chosen
