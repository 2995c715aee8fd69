"""What a network is to learn, as its loss takes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from descend import _core
from descend.checks.arrays import Array, FloatArray, as_dtype, columns, place, real_array


def targets(
    given: object, m: int, n_outputs: int, loss: str, dtype: np.dtype[Any], names: tuple[str, str]
) -> Array:
    """Y as the core takes it: (m, n[L]) of the network's dtype; for cross_entropy also class numbers (m,).

    `names` are those of y and of its X, for the errors.

    Raises
    ------
    TypeError
        Text or complex numbers.
    ValueError
        A shape that is not the network's, NaN or infinity, labels that are no whole numbers or out of range,
        or values that the loss is not defined for.
    """
    name, name_of_X = names
    array = real_array(given, name)
    if array.ndim == 0 or len(array) != m:
        length = "no length" if array.ndim == 0 else f"{len(array)}"
        raise ValueError(f"{name_of_X} has {m} rows and {name} has {length}: give one {name} for each row.")
    if array.ndim == 1 and _takes_class_numbers(loss, n_outputs):
        return _class_numbers(array, n_outputs, name)
    if array.ndim == 1 and n_outputs == 1:
        array = array.reshape(m, 1)
    if array.shape != (m, n_outputs):
        remedy = f"give shape ({m}, {n_outputs})"
        if n_outputs == 1:
            remedy += f" or ({m},)"
        elif loss == "cross_entropy":
            remedy += f", or class numbers of shape ({m},)"
        raise ValueError(
            f"{name} has shape {array.shape}, and the network has {n_outputs} outputs with the loss {loss}: "
            f"{remedy}."
        )
    Y = as_dtype(array, given, name, dtype)
    if loss == "binary_cross_entropy":
        _every(Y, (Y >= 0) & (Y <= 1), given, name, f"give labels 0 and 1 for the loss {loss}")
    elif loss == "cross_entropy":
        _every(Y, Y >= 0, given, name, "give class numbers, or rows of class probabilities")
        sums = Y.sum(axis=1)
        wrong = np.abs(sums - 1) > 1e-3
        if wrong.any():
            i = int(wrong.argmax())
            raise ValueError(
                f"{name}[{i}] sums to {sums[i]:g}, not to 1: "
                f"give one-hot rows, or class numbers of shape ({m},)."
            )
    elif loss == "poisson":
        _every(Y, Y >= 0, given, name, "give counts of at least 0 for the loss poisson")
    return Y


def _takes_class_numbers(loss: str, n_outputs: int) -> bool:
    """Whether targets of rank 1 may be class numbers: of cross_entropy, or of a loss of one's own."""
    return loss == "cross_entropy" or (loss not in _core.LOSSES and n_outputs > 1)


def target_columns(given: object, n: int, m: int, loss: str, dtype: np.dtype[Any]) -> Array:
    """The course's Y (n, m) as the core takes it, (m, n); class numbers (m,), where `targets` takes these.

    Raises
    ------
    TypeError, ValueError
        As `columns` and `targets` raise.
    """
    if _takes_class_numbers(loss, n) and np.ndim(given) == 1:  # type: ignore[arg-type]
        return targets(given, m, n, loss, dtype, ("Y", "Z.T"))
    return targets(columns(given, (n, m), dtype, "Y").T, m, n, loss, dtype, ("Y.T", "Z.T"))


def _every(Y: FloatArray, good: npt.NDArray[np.bool_], given: object, name: str, remedy: str) -> None:
    if not good.all():
        row, column = map(int, np.unravel_index(int((~good).argmax()), Y.shape))
        raise ValueError(f"{place(name, given, (row, column))} is {Y[row, column]:g}: {remedy}.")


def _class_numbers(array: Array, n_classes: int, name: str) -> npt.NDArray[np.int32]:
    """Class numbers (m,) as int32, each one of 0 .. n[L] - 1."""
    whole = array == np.floor(array) if array.dtype.kind == "f" else np.full(array.shape, True)
    bad = ~(whole & (array >= 0) & (array < n_classes))
    if bad.any():
        i = int(bad.argmax())
        problem = (
            "is no class number" if not whole[i] else f"is out of range for a network of {n_classes} outputs"
        )
        raise ValueError(
            f"{name}[{i}] is {array[i]}, which {problem}: "
            f"number the classes from 0 to {n_classes - 1}, or give the output layer more units."
        )
    return np.ascontiguousarray(array, dtype=np.int32)
