"""Whatever a user gives is checked here, once, before anything is computed.

Each error is one sentence that names the thing, the value and the remedy.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from descend import _core

if TYPE_CHECKING:
    from descend.network import Network
    from descend.together import Ensemble

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
Array: TypeAlias = npt.NDArray[Any]


# X (m, n[0]): an array in C order, or SciPy's CSR with ascending columns, which is never made dense.
Rows: TypeAlias = Any


class Examples(NamedTuple):
    """Checked rows: X (m, n[0]); Y (m, n[L]), or class numbers (m,); weights (m,), if any."""

    X: Rows
    Y: Array
    weight: npt.NDArray[np.float64] | None

    def take(self, rows: npt.NDArray[np.intp]) -> Examples:
        """The examples of these row numbers."""
        return Examples(self.X[rows], self.Y[rows], None if self.weight is None else self.weight[rows])


# Names and numbers


def known_name(what: str, name: object, names: Iterable[str]) -> str:
    """`name`, if it is one of `names`.

    Raises
    ------
    TypeError
        It is no string.
    ValueError
        It is none of them; the error offers the nearest.
    """
    names = list(names)
    if not isinstance(name, str):
        raise TypeError(f"{what} is {name!r}: give one of the names {', '.join(names)}.")
    if name not in names:
        from difflib import get_close_matches

        nearest = get_close_matches(name.lower(), names, n=1, cutoff=0.0)[0]
        raise ValueError(
            f"{what} {name!r} is unknown: did you mean {nearest!r}? There are {', '.join(names)}."
        )
    return name


def integer(what: str, value: object, minimum: int) -> int:
    """`value` as an int of at least `minimum`."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{what} is {value!r}: give a whole number of at least {minimum}.")
    if number < minimum:
        raise ValueError(f"{what} is {number}: give a whole number of at least {minimum}.")
    return number


def number(
    what: str,
    value: object,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> float:
    """`value` as a finite float within bounds."""
    bounds = {"above": above, "of at least": at_least, "below": below, "of at most": at_most}
    remedy = "give a number " + " and ".join(
        f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None
    )
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = None
    if number is None or isinstance(value, str | bool):
        raise TypeError(f"{what} is {value!r}: {remedy}.")
    if not (
        math.isfinite(number)
        and (above is None or number > above)
        and (at_least is None or number >= at_least)
        and (below is None or number < below)
        and (at_most is None or number <= at_most)
    ):
        raise ValueError(f"{what} is {number:g}: {remedy}.")
    return number


def seed(value: object, what: str = "seed") -> int:
    """`value` as a seed, 0 to 2^64 - 1; None draws one of 48 bits, which every JSON reader keeps exact."""
    if value is None:
        return int.from_bytes(os.urandom(6), "little")
    number = integer(what, value, 0)
    if number >= 2**64:
        raise ValueError(f"{what} is {number}: give a whole number below 2**64.")
    return number


def threads(value: object) -> int:
    """`n_threads` as the core takes it: 0 lets it choose."""
    return 0 if value is None else integer("n_threads", value, 1)


# Arrays


def _place(name: str, given: object, where: tuple[int, ...]) -> str:
    """`X[3, 1]`, with the column's name where a frame has one."""
    where = where[: np.ndim(given)]  # type: ignore[arg-type]
    columns = getattr(given, "columns", None)
    column = "" if columns is None else f" (column {str(columns[where[1]])!r})"
    return f"{name}[{', '.join(map(str, where))}]{column}" if where else name


def _is_real(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str | bytes)


def _array(given: object, name: str) -> Array:
    """`given` as an array of real numbers, of any shape and type."""
    if is_sparse(given):
        raise TypeError(f"{name} is a sparse matrix, and a dense one is needed: give {name}.toarray().")
    try:
        array = np.asarray(given)
    except ValueError:
        raise ValueError(
            f"{name} has rows of different lengths: give every row the same number of values."
        ) from None
    if array.dtype.kind in "biuf":
        return array
    for where, value in np.ndenumerate(array.astype(object, copy=False)):
        if array.dtype.kind != "O" or not _is_real(value):
            remedy = (
                "number the classes with numpy.unique(y, return_inverse=True)[1]"
                if name.startswith("y")
                else "encode text and categories as numbers, and fill what is missing, first"
            )
            raise TypeError(f"{_place(name, given, where)} is {value!r}, not a real number: {remedy}.")
    return array.astype(np.float64)


_FILL = "fill or drop what is missing or infinite, first"


def _as_dtype(
    array: Array, given: object, name: str, dtype: np.dtype[Any], remedy: str = _FILL
) -> FloatArray:
    """The array (m, n) in C order, aligned and of this dtype, every value finite; no copy where it is so."""
    with np.errstate(over="ignore"):
        converted = np.require(array, dtype, ["C", "ALIGNED"])
    where = _core.first_not_finite(converted)
    if where is not None:
        raise _not_finite(_place(name, given, where), array[where], dtype, remedy)
    return converted


def _not_finite(place: str, value: Any, dtype: np.dtype[Any], remedy: str) -> ValueError:
    """The error of a value that this dtype does not hold as a finite number."""
    if np.isfinite(value):
        return ValueError(
            f"{place} is {value:g}, too large for {dtype.name}: "
            "scale the data, or give the network dtype='float64'."
        )
    return ValueError(f"{place} is {value}: {remedy}.")


def is_sparse(X: object) -> bool:
    """Whether X is one of SciPy's sparse matrices or arrays."""
    return hasattr(X, "tocsr")


def features(given: object, n_features: int, dtype: np.dtype[Any], name: str = "X") -> Rows:
    """X (m, n[0]) of the network's dtype, finite: in C order, or, where it is sparse, as CSR.

    Raises
    ------
    TypeError
        Text or complex numbers.
    ValueError
        Any other rank than 2, another number of columns, NaN or infinity (with row and column).
    """
    if is_sparse(given):
        _check_shape(given.shape, n_features, name)  # type: ignore[attr-defined]
        return _csr(given, name, dtype)
    array = _array(given, name)
    _check_shape(array.shape, n_features, name)
    return _as_dtype(array, given, name, dtype)


def for_core(X: Rows) -> Any:
    """Checked rows as the core's own argument."""
    if not is_sparse(X):
        return X
    kind = _core.SparseRows32 if X.dtype == np.float32 else _core.SparseRows64
    return kind(X.data, X.indices, X.indptr, X.shape[1])


def _csr(given: Any, name: str, dtype: np.dtype[Any]) -> Any:
    """A sparse matrix as CSR with ascending columns and finite values of this dtype."""
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} is a sparse matrix of {given.dtype}: give one of real numbers.")
    csr = given.tocsr()
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    with np.errstate(over="ignore"):
        converted = csr.astype(dtype, copy=False)
    bad = ~np.isfinite(converted.data)
    if bad.any():
        k = int(bad.argmax())
        row = int(np.searchsorted(csr.indptr, k, side="right")) - 1
        raise _not_finite(f"{name}[{row}, {csr.indices[k]}]", csr.data[k], dtype, _FILL)
    return converted


def _check_shape(shape: tuple[int, ...], n_features: int, name: str) -> None:
    """Refuse what is not (m, n_features)."""
    if len(shape) != 2:
        remedies = {
            1: f"{name}.reshape(1, -1) makes it one example, {name}.reshape(-1, 1) one feature",
            0: f"[[{name}]] is one example of one feature",
        }
        raise ValueError(
            f"{name} has shape {shape}, and rows of examples, shape (m, {n_features}), are needed: "
            f"{remedies.get(len(shape), f'{name}.reshape(len({name}), -1) makes a row of each example')}."
        )
    if shape[1] != n_features:
        remedy = (
            f"examples are rows, so give {name}.T"
            if shape[0] == n_features
            else f"give {name} of shape (m, {n_features})"
        )
        raise ValueError(
            f"{name} has {shape[1]} features (shape {shape}), the network takes {n_features}: {remedy}."
        )


def matrix(given: object, shape: tuple[int | str, int | str], dtype: np.dtype[Any], name: str) -> FloatArray:
    """`given` as an array of this shape and dtype, every value finite; a letter stands for any number."""
    return _as_dtype(_of_shape(_array(given, name), shape, name), given, name, dtype)


def assign(to: FloatArray, given: object, name: str) -> None:
    """Write into an array a number, or an array of the same shape: nothing is repeated to fit.

    Raises
    ------
    TypeError
        Text or complex numbers.
    ValueError
        Another shape.
    """
    array = _array(given, name)
    if array.ndim > 0 and to.ndim == 2:
        _of_shape(array, to.shape, name)
    elif array.ndim > 0 and array.shape != to.shape:
        raise ValueError(f"{name} has shape {array.shape}: give shape {to.shape}.")
    to[...] = array


def columns(given: object, shape: tuple[int | str, int | str], dtype: np.dtype[Any], name: str) -> FloatArray:
    """`given` as a matrix of the course's: Fortran order, dtype, every value finite.

    A letter in `shape` stands for any number.

    Raises
    ------
    TypeError
        Text, complex numbers or a sparse matrix.
    ValueError
        Another rank than 2, another shape, NaN or infinity.
    """
    array = _of_shape(_array(given, name), shape, name)
    remedy = "look for the step that it comes from"
    return _as_dtype(array.T, array.T, f"{name}.T", dtype, remedy).T


def float_dtype_of(*arrays: object) -> np.dtype[Any]:
    """float32 where all arrays are of that, else float64."""
    single = all(getattr(array, "dtype", None) == np.float32 for array in arrays)
    return np.dtype(np.float32 if single else np.float64)


def _of_shape(array: Array, shape: tuple[int | str, int | str], name: str) -> Array:
    """The array, if it is a matrix of this shape."""

    def fits(given: tuple[int, ...]) -> bool:
        return all(isinstance(needed, str) or needed == n for needed, n in zip(shape, given, strict=True))

    needed = f"({shape[0]}, {shape[1]})"
    if array.ndim != 2:
        remedies = {
            1: f"a rank-1 array is neither a row nor a column, so give {name}.reshape(-1, 1), a column, "
            f"or {name}.reshape(1, -1), a row",
            0: "a number is no matrix, but a sum with axis=1 and keepdims=True is a column",
        }
        raise ValueError(
            f"{name} has shape {array.shape}, and a matrix of shape {needed} is needed: "
            f"{remedies.get(array.ndim, f'give {name} in two dimensions')}."
        )
    if not fits(array.shape):
        transposed = f", which {name}.T has" if fits(array.T.shape) else ""
        raise ValueError(f"{name} has shape {array.shape}: give shape {needed}{transposed}.")
    return array


def weights(given: object, m: int, name: str = "sample_weight") -> npt.NDArray[np.float64]:
    """`sample_weight` (m,): finite, none negative, not all zero."""
    array = _array(given, name)
    if array.shape != (m,):
        raise ValueError(
            f"{name} has shape {array.shape}: give one weight for each of the {m} examples, shape ({m},)."
        )
    array = np.ascontiguousarray(array, dtype=np.float64)
    bad = ~(np.isfinite(array) & (array >= 0))
    if bad.any():
        i = int(bad.argmax())
        raise ValueError(f"{name}[{i}] is {array[i]:g}: give finite weights of at least 0.")
    if not array.any():
        raise ValueError(f"{name} is 0 for every example: give at least one example a weight above 0.")
    return array


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
    array = _array(given, name)
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
    Y = _as_dtype(array, given, name, dtype)
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
        raise ValueError(f"{_place(name, given, (row, column))} is {Y[row, column]:g}: {remedy}.")


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


def examples(
    network: Network | Ensemble,
    X: object,
    y: object,
    weight: object,
    loss: str,
    names: tuple[str, str, str] = ("X", "y", "sample_weight"),
) -> Examples:
    """Everything about examples that a network with this loss is to learn from or to be judged by.

    Raises
    ------
    TypeError, ValueError
        As `features`, `targets` and `weights` raise, and for no rows at all.
    """
    rows = features(X, network.n_inputs, network.dtype, names[0])
    m = rows.shape[0]
    if m == 0:
        raise ValueError(f"{names[0]} has no rows (shape {rows.shape}): give at least one example.")
    Y = targets(y, m, network.n_outputs, loss, network.dtype, (names[1], names[0]))
    return Examples(rows, Y, None if weight is None else weights(weight, m, names[2]))
