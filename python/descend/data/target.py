"""What is to be predicted: classes by name, or a number in its own unit."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from descend.text import listed

Task: TypeAlias = Literal["classification", "regression"]

_MOST_NUMBERED_CLASSES = 20
_FEWEST_ROWS_PER_NUMBERED_CLASS = 5


def infer_task(values: pa.ChunkedArray) -> tuple[Task, str]:
    """The task that a target column, given as text, asks for, and why.

    Words are classes. So are whole numbers if they are few: two, or up to 20, with five rows each on average.
    """
    numbers = _numbers(values)
    distinct = pc.count_distinct(values).as_py()
    if numbers is None:
        return "classification", f"{distinct} different words"
    if not np.array_equal(numbers, np.floor(numbers)):
        return "regression", "numbers with decimals"
    few = distinct <= _MOST_NUMBERED_CLASSES and distinct * _FEWEST_ROWS_PER_NUMBERED_CLASS <= len(values)
    return "classification" if distinct <= 2 or few else "regression", f"{distinct} different whole numbers"


class _Constants(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Classes(_Constants):
    """A target of named classes, numbered by value where all names are numbers, else by alphabet."""

    kind: Literal["classes"] = "classes"
    name: str
    classes: Annotated[tuple[str, ...], Field(min_length=2)]

    @classmethod
    def fit(cls, name: str, values: pa.ChunkedArray) -> Classes:
        """The classes that the training part's target (text) holds.

        Raises
        ------
        ValueError
            It holds one class alone.
        """
        classes = sorted(pc.unique(values).to_pylist())
        if len(classes) < 2:
            raise ValueError(f"target {name!r} holds one class, {classes[0]!r}: give rows of at least two.")
        if _numbers(values) is not None:
            classes.sort(key=float)
        return cls(name=name, classes=tuple(classes))

    def encode(self, values: pa.ChunkedArray) -> NDArray[np.int32]:
        """Class numbers ``(m,)`` of class names, also where a full stop stands behind a name.

        Raises
        ------
        ValueError
            A name that is not among the classes.
        """
        classes = pa.array(self.classes)
        found = pc.index_in(values, classes)
        found = pc.coalesce(found, pc.index_in(pc.replace_substring_regex(values, r"\.$", ""), classes))
        if found.null_count:
            unknown = pc.unique(values.filter(found.is_null())).to_pylist()
            raise ValueError(
                f"target {self.name!r} holds {listed(unknown, 5)}, which training has not seen: "
                f"its classes are {listed(self.classes)}."
            )
        return np.asarray(found, dtype=np.int32)

    def decode(self, outputs: NDArray[np.floating[Any]]) -> list[str]:
        """Class names of a network's outputs, as `probabilities` takes them."""
        return [self.classes[k] for k in self.probabilities(outputs).argmax(axis=1)]

    def probabilities(self, outputs: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
        """Probabilities ``(m, K)`` of the classes, from those or from the second's of two ``(m, 1)``."""
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs


class Number(_Constants):
    """A target in its own unit; the network learns ``(value - mean) / scale``."""

    kind: Literal["number"] = "number"
    name: str
    mean: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0

    @classmethod
    def fit(cls, name: str, values: pa.ChunkedArray, *, standardise: bool = True) -> Number:
        """The mean and the standard deviation of the training part's target (text).

        Raises
        ------
        ValueError
            A word among the numbers, an infinite one, or one value alone.
        """
        from sklearn.preprocessing import StandardScaler

        unit = cls(name=name)
        numbers = unit.read(values)
        if np.ptp(numbers) == 0:
            raise ValueError(f"target {name!r} is {numbers[0]:g} in every row: there is nothing to learn.")
        if not standardise:
            return unit
        scaler = StandardScaler().fit(numbers.reshape(-1, 1))
        return cls(name=name, mean=float(scaler.mean_[0]), scale=float(scaler.scale_[0]))

    def read(self, values: pa.ChunkedArray) -> NDArray[np.float64]:
        """Numbers ``(m,)`` in the target's unit.

        Raises
        ------
        ValueError
            A word among the numbers, or an infinite one.
        """
        numbers = _numbers(values)
        if numbers is None or not np.isfinite(numbers).all():
            word = next(word for word in values.to_pylist() if not _is_finite_number(word))
            raise ValueError(
                f"target {self.name!r} holds {word!r}, and regression needs finite numbers: "
                "mend the value, or choose classification."
            )
        return numbers

    def encode(self, values: pa.ChunkedArray) -> NDArray[np.float64]:
        """Standardised numbers ``(m,)``; raises as `read`."""
        return (self.read(values) - self.mean) / self.scale

    def decode(self, outputs: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Values ``(m,)`` in the target's unit, from a network's outputs ``(m, 1)``."""
        return self.mean + self.scale * outputs[:, 0].astype(np.float64)


Target: TypeAlias = Annotated[Classes | Number, Field(discriminator="kind")]


def _numbers(values: pa.ChunkedArray) -> NDArray[np.float64] | None:
    try:
        return np.asarray(values.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None


def _is_finite_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False
