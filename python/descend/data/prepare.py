"""From examples as they were found to the parts that a network trains, stops and is judged on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.data import split
from descend.data.dataset import Data
from descend.data.pixels import Pixels
from descend.data.preparation import Preparation
from descend.data.preprocess import Preprocess
from descend.data.sparse import SparseScaling
from descend.data.split import Split
from descend.data.tables import distinct, numbers
from descend.data.target import Classes, Labels, Numbers, Task, fit_target, infer_task
from descend.data.treatments import Scaling, Treatment

_FEWEST_TO_STOP_BY = 50

By: TypeAlias = Literal["share", "group", "time", "column"]


class Part(NamedTuple):
    """Examples as a network takes them, X (m, n[0]) in float32, y and weight; and as they were found."""

    X: Any
    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    data: Data


@dataclass(frozen=True)
class Prepared:
    """The parts by name, ``train`` and, if there are any, ``validation`` and ``test``; and what made them."""

    name: str
    task: Task
    reason: str
    preprocess: Preparation
    target: Classes | Labels | Numbers
    parts: dict[str, Part]


def divide(
    data: Data,
    *,
    task: Task | None = None,
    by: By = "share",
    column: str | None = None,
    validation: float | None = None,
    test: float = 0.2,
    seed: int = 0,
) -> Split:
    """Which rows train, which choose, which judge.

    Parameters
    ----------
    data : Data
        Where it has test examples of its own, `test` does not count.
    task : str, optional
        Inferred from the target if not given; classes are dealt in equal shares to all parts.
    by : "share", "group", "time" or "column"
        At random; whole groups at random; the latest rows last; or as a column of train, validation and test
        says.
    column : str, optional
        The inputs' column that holds the groups, the moments, or the names of the parts.
    validation, test : float
        The shares of the rows, or of the groups. Validation is a tenth if not given; but of classes none,
        where that were fewer than 50 rows: so few cannot tell when to stop, and do better to train.
    seed : int
        The same seed deals the same way.

    Raises
    ------
    ValueError
        A share that leaves nothing, or a column that is not there or not needed.
    """
    test = 0.0 if data.test is not None else test
    classes = _classes(data, task)
    if validation is None:
        validation = 0.1 if classes is None or len(data) >= 10 * _FEWEST_TO_STOP_BY else 0.0
    if by == "share":
        return split.split_at_random(len(data), validation=validation, test=test, seed=seed, classes=classes)
    values = _column(data, by, column)
    if by == "group":
        return split.split_by_groups(distinct(values)[1], validation=validation, test=test, seed=seed)
    if by == "time":
        return split.split_by_time(_moments(values), validation=validation, test=test)
    return split.split_by_names(values.to_pylist())


def folds(
    data: Data,
    k: int,
    *,
    task: Task | None = None,
    group: str | None = None,
    validation: float | None = 0.0,
    seed: int = 0,
) -> Iterator[Split]:
    """Splits for `k`-fold cross-validation: each row tests once.

    Parameters
    ----------
    data : Data
        Test examples of its own take no part.
    k : int
        How many.
    task : str, optional
        As for `divide`.
    group : str, optional
        The inputs' column that holds the groups, if these are to stay whole.
    validation : float
        The share of the rows that do not test, or of their groups, that chooses; None as for `divide`.
    seed : int
        The same seed deals the same way.

    Yields
    ------
    Split
        Row numbers.

    Raises
    ------
    ValueError
        Fewer rows, groups or examples of a class than folds, a share that leaves nothing, or a column that is
        not there.
    """
    task, data = _task(data, task)[0], replace(data, test=None)
    groups = None if group is None else distinct(_column(data, "group", group))[1]
    by: By = "share" if group is None else "group"
    for fold in split.folds(len(data), k, seed=seed, classes=_classes(data, task), groups=groups):
        rest = fold.train
        inner = divide(
            data.take(rest), task=task, by=by, column=group, validation=validation, test=0.0, seed=seed
        )
        yield Split(rest[inner.train], rest[inner.validation], fold.test)


def prepare(
    data: Data,
    rows: Split | None = None,
    *,
    task: Task | None = None,
    treatments: Mapping[str, Treatment] | None = None,
    scaling: Scaling | None = None,
    standardise: bool = True,
) -> Prepared:
    """Fit the preprocessing to the training part, and apply it to all parts.

    Parameters
    ----------
    data : Data
        What `load_data` gave.
    rows : Split, optional
        What `divide` or `folds` gave; `divide` of the data if not given.
    task : "classification" or "regression", optional
        Inferred from the target if not given.
    treatments, scaling
        As `Preprocess.fit` takes them.
    standardise : bool
        Whether the targets of regression are brought to mean 0 and variance 1.

    Raises
    ------
    ValueError
        A column or a target from which nothing can be learned.
    """
    task, reason = _task(data, task)
    rows = divide(data, task=task) if rows is None else rows
    parts = {name: data.take(numbers) for name, numbers in rows._asdict().items() if len(numbers)}
    if data.test is not None:
        parts["test"] = data.test
    train = parts["train"]
    every = train.targets if task == "regression" else data.targets
    target = fit_target(every, task, standardise=standardise)
    preprocess = _preprocess(train, treatments, scaling)
    if data.test is not None and isinstance(preprocess, Preprocess):
        preprocess.check_columns(data.test.inputs.column_names, data.test.name)
    prepared = {
        name: Part(preprocess.transform(part.inputs), target.encode(part.targets), part.weight, part)
        for name, part in parts.items()
    }
    return Prepared(data.name, task, reason, preprocess, target, prepared)


def _preprocess(
    train: Data, treatments: Mapping[str, Treatment] | None, scaling: Scaling | None
) -> Preparation:
    if isinstance(train.inputs, pa.Table):
        fitted = Preprocess.fit(train.inputs, treatments=treatments, scaling=scaling)
        return fitted if train.weight_name is None else fitted.without(train.weight_name, "weight")
    if treatments:
        raise ValueError(f"{train.name} has no columns with names: leave out the treatments.")
    return SparseScaling.fit(train.inputs) if hasattr(train.inputs, "tocsr") else Pixels.fit(train.inputs)


def _task(data: Data, task: Task | None) -> tuple[Task, str]:
    if task is not None or data.task is not None:
        return task or data.task or "regression", ""
    return infer_task(data.targets)


def _classes(data: Data, task: Task | None) -> NDArray[np.int32] | None:
    if data.targets.num_columns > 1 or _task(data, task)[0] == "regression":
        return None
    return Classes.fit(data.targets).encode(data.targets)


def _column(data: Data, by: By, column: str | None) -> pa.ChunkedArray:
    if column is None or not isinstance(data.inputs, pa.Table) or column not in data.inputs.column_names:
        raise ValueError(
            f"to split by {by} needs a column of the inputs, and there is no {column!r}: name one."
        )
    return data.inputs[column]


def _moments(values: pa.ChunkedArray) -> NDArray[np.float64]:
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    try:
        moments = numbers(values)
    except pa.ArrowInvalid:
        moments = np.unique(np.array(values.to_pylist(), object).astype(str), return_inverse=True)[1].astype(
            float
        )
    if np.isnan(moments).any():
        raise ValueError("a row to be split by time has none: fill or leave it out.")
    return moments
