"""Arrays of real, finite numbers, of a shape and dtype."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from descend import _core

FloatArray: TypeAlias = npt.NDArray[np.floating[Any]]
Array: TypeAlias = npt.NDArray[Any]

FILL = "fill or drop what is missing or infinite, first"


def matrix(given: object, shape: tuple[int | str, int | str], dtype: np.dtype[Any], name: str) -> FloatArray:
    """`given` as an array of this shape and dtype, every value finite; a letter stands for any number.

    Raises
    ------
    TypeError
        Text, complex numbers or a sparse matrix.
    ValueError
        Another rank than 2, another shape, NaN or infinity.
    """
    return as_dtype(_of_shape(real_array(given, name), shape, name), given, name, dtype)


def assign(to: FloatArray, given: object, name: str) -> None:
    """Write into an array a number, or an array of the same shape: nothing is repeated to fit.

    Raises
    ------
    TypeError
        Text or complex numbers.
    ValueError
        Another shape.
    """
    array = real_array(given, name)
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
    array = _of_shape(real_array(given, name), shape, name)
    remedy = "look for the step that it comes from"
    return as_dtype(array.T, array.T, f"{name}.T", dtype, remedy).T


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


def is_sparse(X: object) -> bool:
    """Whether X is one of SciPy's sparse matrices or arrays."""
    return hasattr(X, "tocsr")


def _is_real(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str | bytes)


def real_array(given: object, name: str) -> Array:
    """`given` as an array of real numbers, of any shape and type.

    Raises
    ------
    TypeError
        A value is no real number, or the array is a sparse matrix.
    ValueError
        Rows of different lengths.
    """
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
                "give numbers, and for classes those of numpy.unique(y, return_inverse=True)[1]"
                if name.startswith("y")
                else "encode text and categories as numbers, and fill what is missing, first"
            )
            raise TypeError(f"{place(name, given, where)} is {value!r}, not a real number: {remedy}.")
    return array.astype(np.float64)


def as_dtype(
    array: Array, given: object, name: str, dtype: np.dtype[Any], remedy: str = FILL, n_threads: int = 0
) -> FloatArray:
    """The array (m, n) in C order, aligned and of this dtype, every value finite; no copy where it is so.

    Up to `n_threads` threads look through it; 0 chooses.

    Raises
    ------
    ValueError
        A value is NaN, infinite or too large for the dtype; the error says where.
    """
    with np.errstate(over="ignore"):
        converted = np.require(array, dtype, ["C", "ALIGNED"])
    where = _core.first_not_finite(converted, n_threads)
    if where is not None:
        raise not_finite(place(name, given, where), array[where], dtype, remedy)
    return converted


def not_finite(where: str, value: Any, dtype: np.dtype[Any], remedy: str) -> ValueError:
    """The error of a value that this dtype does not hold as a finite number."""
    if np.isfinite(value):
        return ValueError(
            f"{where} is {value:g}, too large for {dtype.name}: "
            "scale the data, or give the network dtype='float64'."
        )
    return ValueError(f"{where} is {value}: {remedy}.")


def place(name: str, given: object, where: tuple[int, ...]) -> str:
    """`X[3, 1]`, with the column's name where a frame has one."""
    where = where[: np.ndim(given)]  # type: ignore[arg-type]
    columns = getattr(given, "columns", None)
    column = "" if columns is None else f" (column {str(columns[where[1]])!r})"
    return f"{name}[{', '.join(map(str, where))}]{column}" if where else name
