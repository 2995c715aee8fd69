"""What a reader finds in a source, before anybody says what is to be predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from descend.data.dataset import Array
from descend.data.target import Task
from descend.text import listed


class Found(NamedTuple):
    """Inputs as in `Data`; the targets where the source keeps them apart; its test part, if it has one."""

    inputs: Any
    targets: pa.Table | None = None
    test: Found | None = None
    task: Task | None = None
    notes: tuple[str, ...] = ()


_INPUTS = ("x", "setx", "data", "images", "inputs", "features")
_TARGETS = ("y", "sety", "labels", "label", "targets", "target")
_NAMES = ("listclasses", "classes", "classnames", "targetnames")
_TRAIN = ("", "train", "training")
_TEST = ("test", "testing")


def pair(arrays: Mapping[str, Array], keys: tuple[str, str] | None, source: object) -> Found:
    """Inputs and targets among arrays by name: those of `keys`, or those with a customary name.

    Customary are x and y, X_train and y_train, train_set_x and train_set_y, images and labels, data and
    target, beside each the same for testing, and a list of the classes' names.

    Raises
    ------
    ValueError
        There is no such array or pair, or the two differ in length; the sentence lists the arrays there are.
    """
    held = listed([f"{name} {array.shape}" for name, array in arrays.items()])
    if keys is not None:
        for key in keys:
            if key not in arrays:
                raise ValueError(f"{source} has no array {key!r}: it holds {held}.")
        return _found(arrays[keys[0]], arrays[keys[1]], None, source)
    inputs, targets = _named(arrays, _TRAIN, _INPUTS), _named(arrays, _TRAIN, _TARGETS)
    if inputs is None and len(arrays) == 1:
        (inputs,) = arrays.values()
    if inputs is None:
        raise ValueError(
            f"{source} names no array in a customary way: say which are X and y; it holds {held}."
        )
    names = _named(arrays, _TRAIN, _NAMES)
    found = _found(inputs, targets, names, source)
    test = _named(arrays, _TEST, _INPUTS), _named(arrays, _TEST, _TARGETS)
    if test[0] is None:
        return found
    return found._replace(test=_found(test[0], test[1], names, source))


def as_inputs(array: Array, source: object) -> Any:
    """A matrix as a table of columns; images, also as rows of many bytes, as the array that they are.

    Raises
    ------
    ValueError
        An array of one dimension or none, without numbers, or not of numbers.
    """
    if array.ndim < 2:
        raise ValueError(
            f"{source} holds an array of shape {array.shape}: give examples as rows, shape (m, n)."
        )
    if array.size == 0:
        raise ValueError(f"{source} holds an array of shape {array.shape}, without numbers: give an example.")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{source} holds an array of {array.dtype}: give numbers.")
    if array.ndim > 2 or (array.dtype == np.uint8 and array.shape[1] >= _PIXELS):
        return array
    from descend.data.tables import as_table

    return as_table(array)


_PIXELS = 64


def as_targets(array: Array, source: object) -> pa.Table:
    """Targets (m,) or (m, k) as columns: ``target``, or ``target 0``, ``target 1``, ..."""
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    if array.dtype.kind == "O":
        array = array.astype(str)
    if 1 in array.shape and array.ndim > 1:
        array = array.reshape(-1)
    if array.ndim == 1:
        return pa.table({"target": array})
    if array.ndim != 2:
        raise ValueError(f"{source} holds targets of shape {array.shape}: give shape (m,) or (m, k).")
    return pa.table({f"target {k}": np.ascontiguousarray(column) for k, column in enumerate(array.T)})


def _found(inputs: Array, targets: Array | None, names: Array | None, source: object) -> Found:
    if targets is None:
        return Found(as_inputs(inputs, source))
    table = as_targets(targets, source)
    if table.num_rows != len(inputs):
        raise ValueError(
            f"{source} has {len(inputs)} inputs and {table.num_rows} targets: give one target for each."
        )
    if names is not None and table.num_columns == 1:
        words = as_targets(names, source)["target"]
        table = pa.table({"target": words.take(table["target"].cast(pa.int64()))})
    return Found(as_inputs(inputs, source), table)


def _named(arrays: Mapping[str, Array], parts: tuple[str, ...], words: tuple[str, ...]) -> Array | None:
    wanted = {part + word for part in parts for word in words} | {
        word + part for part in parts for word in words
    }
    matches = [array for name, array in arrays.items() if name.lower().replace("_", "") in wanted]
    return matches[0] if matches else None
