"""Class weights as weights of examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from descend import checks
from descend.checks import Array, Examples

ClassWeight: TypeAlias = Mapping[int, float] | Literal["balanced"]
Weight: TypeAlias = npt.NDArray[np.float64]


def weighted(examples: Examples, class_weight: ClassWeight | None, loss: str, n_outputs: int) -> Examples:
    """The examples with their weights multiplied by those of their classes, see `weights_by_class`."""
    if class_weight is None:
        return examples
    return examples._replace(
        weight=weights_by_class(examples.Y, examples.weight, class_weight, loss, n_outputs)
    )


def weights_by_class(
    Y: Array, weight: Weight | None, class_weight: ClassWeight, loss: str, n_outputs: int
) -> Weight:
    """The weights (m,) of examples, 1 if not given, multiplied by those of their classes.

    "balanced" gives class k the weight sum_i w_i / (K sum_{i in k} w_i), where K counts the classes that
    occur, so that all of them weigh the same. Classes that a mapping leaves out have weight 1.

    Raises
    ------
    TypeError, ValueError
        There are no classes with this loss, a class is none of the network's, or a weight is negative.
    """
    y = _class_numbers(Y, loss)
    n_classes = 2 if loss == "binary_cross_entropy" else n_outputs
    weight = np.ones(len(y)) if weight is None else weight
    factors = np.ones(n_classes)
    if class_weight == "balanced":
        sums = np.bincount(y, weight, minlength=n_classes)
        occurs = sums > 0
        factors[occurs] = weight.sum() / (occurs.sum() * sums[occurs])
    elif isinstance(class_weight, Mapping):
        for k, factor in class_weight.items():
            if not 0 <= checks.integer("a class in class_weight", k, 0) < n_classes:
                raise ValueError(f"class_weight has the class {k}: give classes from 0 to {n_classes - 1}.")
            factors[k] = checks.number(f"class_weight[{k}]", factor, at_least=0)
    else:
        raise TypeError(
            f"class_weight is {class_weight!r}: give 'balanced' or a mapping such as {{0: 1.0, 1: 5.0}}."
        )
    return checks.weights(weight * factors[y], len(y), "class_weight times sample_weight")


def _class_numbers(Y: Array, loss: str) -> npt.NDArray[np.intp]:
    if Y.ndim == 1:
        return Y.astype(np.intp)
    if loss == "cross_entropy" and (Y.max(axis=1) == 1).all():
        return np.asarray(Y.argmax(axis=1), np.intp)
    if loss == "binary_cross_entropy" and Y.shape[1] == 1 and ((Y == 0) | (Y == 1)).all():
        return Y[:, 0].astype(np.intp)
    raise ValueError(
        f"class_weight needs one class for each example, which y of shape {Y.shape} with the loss {loss} "
        "does not name: give sample_weight instead."
    )
