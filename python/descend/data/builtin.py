"""Data sets that come with the package or with scikit-learn, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from descend.data import houses
from descend.data.target import Task


class BuiltIn(NamedTuple):
    """A table with the target, as text, for its last column; and the task that it is for."""

    table: pa.Table
    target: str
    task: Task


def load(name: str) -> BuiltIn:
    """The built-in data set of this name.

    Raises
    ------
    KeyError
        There is none; `NAMES` lists those there are.
    """
    return _LOADERS[name]()


def _houses() -> BuiltIn:
    *inputs, price = (pa.array(column) for column in zip(*houses.ROWS, strict=True))
    columns = [*(column.cast(pa.float64()) for column in inputs), price.cast(pa.string())]
    return BuiltIn(pa.table(columns, names=houses.COLUMNS), houses.COLUMNS[-1], "regression")


def _scikit_learn(name: str, target: str, task: Task) -> Callable[[], BuiltIn]:
    def load() -> BuiltIn:
        from sklearn import datasets

        bunch: Any = getattr(datasets, f"load_{name}")()
        names = bunch.target_names[bunch.target] if task == "classification" else bunch.target
        columns = {str(feature): bunch.data[:, i] for i, feature in enumerate(bunch.feature_names)}
        return BuiltIn(pa.table(columns | {target: np.asarray(names).astype(str)}), target, task)

    return load


_LOADERS: dict[str, Callable[[], BuiltIn]] = {
    "digits": _scikit_learn("digits", "digit", "classification"),
    "breast_cancer": _scikit_learn("breast_cancer", "diagnosis", "classification"),
    "wine": _scikit_learn("wine", "cultivar", "classification"),
    "iris": _scikit_learn("iris", "species", "classification"),
    "diabetes": _scikit_learn("diabetes", "progression", "regression"),
    "houses": _houses,
}

NAMES = tuple(_LOADERS)
