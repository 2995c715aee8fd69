"""Data sets that come with the package or with scikit-learn, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from descend.data import houses
from descend.data.found import Found
from descend.data.target import Task


def load(name: str) -> Found:
    """The built-in data set of this name.

    Raises
    ------
    KeyError
        There is none; `NAMES` lists those there are.
    """
    return _LOADERS[name]()


def _houses() -> Found:
    *inputs, price = (pa.array(column) for column in zip(*houses.ROWS, strict=True))
    *names, target = houses.COLUMNS
    return Found(pa.table(inputs, names=names), pa.table({target: price}), task="regression")


def _scikit_learn(name: str, task: Task, *targets: str) -> Callable[[], Found]:
    def load() -> Found:
        from sklearn import datasets

        bunch: Any = getattr(datasets, f"load_{name}")()
        y = bunch.target_names[bunch.target] if task == "classification" else bunch.target
        inputs = {str(feature): bunch.data[:, i] for i, feature in enumerate(bunch.feature_names)}
        columns = np.asarray(y).reshape(len(bunch.data), -1).T
        return Found(pa.table(inputs), pa.table(dict(zip(targets, columns, strict=True))), task=task)

    return load


_LOADERS: dict[str, Callable[[], Found]] = {
    "digits": _scikit_learn("digits", "classification", "digit"),
    "breast_cancer": _scikit_learn("breast_cancer", "classification", "diagnosis"),
    "wine": _scikit_learn("wine", "classification", "cultivar"),
    "iris": _scikit_learn("iris", "classification", "species"),
    "diabetes": _scikit_learn("diabetes", "regression", "progression"),
    "linnerud": _scikit_learn("linnerud", "regression", "weight", "waist", "pulse"),
    "houses": _houses,
}

NAMES = tuple(_LOADERS)
