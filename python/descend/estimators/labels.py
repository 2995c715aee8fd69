"""Class labels of any type, and the targets and outputs of a network that stand for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from descend.checks import Array, FloatArray

Kind = Literal["binary", "multiclass", "multilabel"]


def _distinct(y: Array) -> Array:
    """The values in y (m,), sorted; whole numbers of a small range are counted, which is quicker."""
    if y.dtype.kind in "iu" and y.size > 0 and int(y.max()) - int(y.min()) < y.size:
        found = np.flatnonzero(np.bincount(_above(y.min(), y)))
        return np.asarray(found + y.min().astype(np.int64), y.dtype)
    return np.unique(y)


def _places(y: Array, classes: Array) -> Array:
    """Where each of y (m,) is in the sorted classes, which have them all."""
    if y.dtype.kind in "iu" and classes.dtype.kind in "iu":
        if int(classes[-1]) - int(classes[0]) == len(classes) - 1:
            return _above(classes[0], y)
        y = y.astype(classes.dtype, copy=False)  # else int64 beside uint64 would be compared as float64
    return np.searchsorted(classes, y)


def _above(low: Any, y: Array) -> Array:
    """How far whole numbers y of any kind are above the least that they can be."""
    return np.asarray(y.astype(np.int64, copy=False) - low.astype(np.int64))


@dataclass(frozen=True)
class Labels:
    """The classes of a classifier.

    Attributes
    ----------
    classes : array (n_classes,)
        Sorted; of several labels at once, their column numbers.
    kind : str
        "binary" (one sigmoid output, also where there is one class only), "multiclass" (softmax) or
        "multilabel" (a sigmoid output for each).
    sparse : bool
        Whether the labels came as a sparse matrix.
    assumed : bool
        Whether they stand in until a fit shows others.
    """

    classes: Array
    kind: Kind
    sparse: bool = False
    assumed: bool = False

    @classmethod
    def seen_in(cls, y: Any, classes: Any = None) -> Labels:
        """The labels of y (m,) or (m, n_labels), or those that `classes` lists for it.

        Raises
        ------
        ValueError
            y holds numbers that are no labels, or several labels that are not 0 and 1.
        """
        from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

        target = type_of_target(y)
        if target == "multilabel-indicator":
            if classes is not None and len(classes) != y.shape[1]:
                raise ValueError(
                    f"classes has {len(classes)} labels, and y of several labels at once has {y.shape[1]} "
                    "columns: give a label for each column."
                )
            return cls(np.arange(y.shape[1]), "multilabel", hasattr(y, "tocsr"))
        if target == "multiclass-multioutput":
            raise ValueError(
                f"y has shape {y.shape} and more than two classes, and the multioutput target data is not "
                "supported with label binarization: train one classifier for each column."
            )
        if target not in ("binary", "multiclass"):
            check_classification_targets(y)
        found = _distinct(np.asarray(y)) if classes is None else unique_labels(classes)
        return cls(found, "multiclass" if len(found) > 2 else "binary")

    @property
    def n_outputs(self) -> int:
        """Units of the output layer."""
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def out_activation(self) -> str:
        """scikit-learn's name of the output layer's activation."""
        return "softmax" if self.kind == "multiclass" else "logistic"

    @property
    def columns(self) -> tuple[int, ...]:
        """The shape of y beside its first dimension, m."""
        return (len(self.classes),) if self.kind == "multilabel" else ()

    def unknown_in(self, y: Any) -> Array:
        """The labels of y (m, *columns) that are none of these."""
        return np.empty(0, int) if self.kind == "multilabel" else np.setdiff1d(y, self.classes)

    def encoded(self, y: Any, dtype: np.dtype[Any]) -> Array:
        """The targets for y, as the core takes them: class numbers (m,), or (m, n_outputs) of 0 and 1."""
        if self.kind == "multilabel":
            return np.ascontiguousarray(y.toarray() if hasattr(y, "tocsr") else y, dtype=dtype)
        numbers = _places(y, self.classes)
        if self.kind == "multiclass":
            return np.asarray(numbers, np.int32)
        return np.asarray(numbers.reshape(-1, 1), dtype)

    def numbers(self, A: FloatArray) -> npt.NDArray[Any]:
        """What outputs A (m, n_outputs) decide on: class numbers (m,), or (m, n_labels) of 0 and 1."""
        if self.kind == "multiclass":
            return np.asarray(A.argmax(axis=1))
        above = (A > 0.5).astype(int)
        return above if self.kind == "multilabel" else above[:, 0]

    def decoded(self, A: FloatArray) -> Any:
        """The labels that outputs A (m, n_outputs) decide on."""
        numbers = self.numbers(A)
        if self.kind != "multilabel":
            return self.classes[np.minimum(numbers, len(self.classes) - 1)]
        if self.sparse:
            from scipy.sparse import csr_matrix

            return csr_matrix(numbers)
        return numbers

    def probabilities(self, A: FloatArray) -> FloatArray:
        """Outputs A (m, n_outputs) as a column for each class."""
        if self.kind != "binary":
            return A
        return np.ones_like(A) if len(self.classes) == 1 else np.hstack([1 - A, A])
