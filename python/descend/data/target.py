"""What is to be predicted: classes by name, numbers in their own units, or several of one sort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from descend.data.constants import Constants
from descend.data.tables import as_words, numbers, strays
from descend.text import is_number, listed

Task: TypeAlias = Literal["classification", "regression"]

_MOST_NUMBERED_CLASSES = 20
_FEWEST_ROWS_PER_NUMBERED_CLASS = 5


def infer_task(targets: pa.Table) -> tuple[Task, str]:
    """The task that the targets ask for, and why.

    Words are classes. So are whole numbers if they are few: two, or up to 20, with five rows each on average.
    Several targets are classes if all of them have two values.

    Raises
    ------
    ValueError
        A few words stand among many numbers.
    """
    tasks = [_infer_task(name, targets[name]) for name in targets.column_names]
    if len(tasks) == 1:
        return tasks[0]
    if all(pc.count_distinct(column).as_py() == 2 for column in targets.columns):
        return "classification", f"{len(tasks)} targets of two values"
    return "regression", f"{len(tasks)} targets"


class Classes(Constants):
    """A target of named classes, numbered by value where all names are numbers, else by alphabet."""

    kind: Literal["classes"] = "classes"
    name: str
    classes: Annotated[tuple[str, ...], Field(min_length=2)]

    @classmethod
    def fit(cls, targets: pa.Table) -> Classes:
        """The classes that the training part's one target holds.

        Raises
        ------
        ValueError
            It holds one class alone.
        """
        (name,) = targets.column_names
        classes = sorted(pc.unique(as_words(targets[name])).to_pylist())
        if len(classes) < 2:
            raise ValueError(f"target {name!r} holds one class, {classes[0]!r}: give rows of at least two.")
        if all(map(is_number, classes)):
            classes.sort(key=float)
        return cls(name=name, classes=tuple(classes))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are predicted."""
        return (self.name,)

    @property
    def n_outputs(self) -> int:
        """How many units the output layer needs: one for the second of two classes, else one for each."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def encode(self, targets: pa.Table) -> NDArray[np.int32]:
        """Class numbers ``(m,)`` of class names, also where a full stop stands behind a name.

        Raises
        ------
        ValueError
            A name that is not among the classes.
        """
        values, classes = as_words(targets[self.name]), pa.array(self.classes)
        found = pc.index_in(values, classes)
        found = pc.coalesce(found, pc.index_in(pc.replace_substring_regex(values, r"\.$", ""), classes))
        if found.null_count:
            unknown = pc.unique(values.filter(found.is_null())).to_pylist()
            raise ValueError(
                f"target {self.name!r} holds {listed(unknown, 5)}, which training has not seen: "
                f"its classes are {listed(self.classes)}."
            )
        return np.asarray(found, dtype=np.int32)

    def decode(self, outputs: NDArray[np.floating[Any]]) -> dict[str, list[str]]:
        """Class names, by the target's name, of a network's outputs, as `probabilities` takes them."""
        return {self.name: [self.classes[k] for k in self.probabilities(outputs).argmax(axis=1)]}

    def probabilities(self, outputs: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Probabilities ``(m, K)`` of the classes, from those or from the second's of two ``(m, 1)``."""
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def class_weight(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Weights by class number, as `descend.train` takes them, of weights by class name.

        Raises
        ------
        ValueError
            A name that is none of the classes.
        """
        for name in weights:
            if name not in self.classes:
                raise ValueError(
                    f"target {self.name!r} has no class {name!r}: there are {listed(self.classes)}."
                )
        return {self.classes.index(name): weight for name, weight in weights.items()}


class Labels(Constants):
    """Several targets of two classes each; the network has an output for each of them."""

    kind: Literal["labels"] = "labels"
    each: Annotated[tuple[Classes, ...], Field(min_length=2)]

    @classmethod
    def fit(cls, targets: pa.Table) -> Labels:
        """The two classes that the training part holds of each target.

        Raises
        ------
        ValueError
            A target has one class, or more than two.
        """
        each = tuple(Classes.fit(targets.select([name])) for name in targets.column_names)
        for target in each:
            if len(target.classes) > 2:
                raise ValueError(
                    f"target {target.name!r} has {len(target.classes)} classes, and several targets of "
                    "classes need two each: predict it alone."
                )
        return cls(each=each)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are predicted."""
        return tuple(target.name for target in self.each)

    @property
    def n_outputs(self) -> int:
        """How many units the output layer needs."""
        return len(self.each)

    def encode(self, targets: pa.Table) -> NDArray[np.int32]:
        """0 for the first, 1 for the second class of each target ``(m, k)``; raises as `Classes.encode`."""
        return np.column_stack([target.encode(targets) for target in self.each])

    def decode(self, outputs: NDArray[np.floating[Any]]) -> dict[str, list[str]]:
        """Class names by target, from the probabilities ``(m, k)`` of their second classes."""
        decoded = [target.decode(outputs[:, [k]]) for k, target in enumerate(self.each)]
        return {name: words for each in decoded for name, words in each.items()}


class Numbers(Constants):
    """Targets in their own units; the network learns ``(value - center) / scale`` of each."""

    kind: Literal["numbers"] = "numbers"
    names: Annotated[tuple[str, ...], Field(min_length=1)]
    centers: tuple[float, ...]
    scales: tuple[Annotated[float, Field(gt=0)], ...]

    @classmethod
    def fit(cls, targets: pa.Table, *, standardise: bool = True) -> Numbers:
        """The means and the standard deviations of the training part's targets.

        Raises
        ------
        ValueError
            A word among the numbers, an infinite one, or one value alone.
        """
        from sklearn.preprocessing import StandardScaler

        names = tuple(targets.column_names)
        unit = cls(names=names, centers=(0.0,) * len(names), scales=(1.0,) * len(names))
        Y = unit.read(targets)
        for name, column in zip(names, Y.T, strict=True):
            if np.ptp(column) == 0:
                raise ValueError(f"target {name!r} is {column[0]:g} in every row: there is nothing to learn.")
        if not standardise:
            return unit
        scaler = StandardScaler().fit(Y)
        return cls(names=names, centers=tuple(scaler.mean_.tolist()), scales=tuple(scaler.scale_.tolist()))

    @property
    def n_outputs(self) -> int:
        """How many units the output layer needs."""
        return len(self.names)

    def read(self, targets: pa.Table) -> NDArray[np.float64]:
        """Numbers ``(m, k)`` in the targets' units.

        Raises
        ------
        ValueError
            A word among the numbers, or an infinite one.
        """
        return np.column_stack([_read(name, targets[name]) for name in self.names])

    def encode(self, targets: pa.Table) -> NDArray[np.float64]:
        """Standardised numbers ``(m, k)``; raises as `read`."""
        return (self.read(targets) - self.centers) / self.scales

    def decode(self, outputs: NDArray[np.floating[Any]]) -> dict[str, NDArray[np.float64]]:
        """Values ``(m,)`` in the targets' units, by name, from a network's outputs ``(m, k)``."""
        Y = self.centers + np.asarray(self.scales) * outputs.astype(np.float64)
        return dict(zip(self.names, Y.T, strict=True))


Target: TypeAlias = Annotated[Classes | Labels | Numbers, Field(discriminator="kind")]


def fit_target(targets: pa.Table, task: Task, *, standardise: bool = True) -> Classes | Labels | Numbers:
    """What the training part's targets are for this task; raises as the `fit` of each."""
    if task == "regression":
        return Numbers.fit(targets, standardise=standardise)
    return Classes.fit(targets) if targets.num_columns == 1 else Labels.fit(targets)


def _infer_task(name: str, values: pa.ChunkedArray) -> tuple[Task, str]:
    distinct = pc.count_distinct(values).as_py()
    try:
        Y = numbers(values)
    except pa.ArrowInvalid:
        if distinct > _MOST_NUMBERED_CLASSES and (words := strays(values)):
            raise ValueError(
                f"target {name!r} holds {listed(words, 5)} among numbers: mend the value, or choose the task."
            ) from None
        return "classification", f"{distinct} different words"
    if not np.array_equal(Y, np.floor(Y)):
        return "regression", "numbers with decimals"
    few = distinct <= _MOST_NUMBERED_CLASSES and distinct * _FEWEST_ROWS_PER_NUMBERED_CLASS <= len(values)
    return "classification" if distinct <= 2 or few else "regression", f"{distinct} different whole numbers"


def _read(name: str, values: pa.ChunkedArray) -> NDArray[np.float64]:
    try:
        Y = numbers(values)
        if np.isfinite(Y).all():
            return Y
    except pa.ArrowInvalid:
        pass
    word = next(
        word for word in values.to_pylist() if not (is_number(str(word)) and np.isfinite(float(word)))
    )
    raise ValueError(
        f"target {name!r} holds {str(word)!r}, and regression needs finite numbers: "
        "mend the value, or choose classification."
    )
