"""Tables of any make as Arrow tables of few types: numbers, truth values, moments in time, text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from descend.text import is_number

_MOST_LOOKED_AT = 100_000
_MOST_STRAYS = 0.1


def as_table(given: Any) -> pa.Table:
    """A pandas or polars frame, an Arrow table, a mapping of columns or a matrix (m, n) as an Arrow table.

    The columns of a matrix are named by their positions: ``"0"``, ``"1"``, ... NaN stays what it is, and
    counts as missing.

    Raises
    ------
    TypeError
        Anything else, or a column of lists, records or mixed values.
    ValueError
        Two columns of one name.
    """
    if isinstance(given, pa.Table):
        table = given
    elif isinstance(given, pa.RecordBatch):
        table = pa.Table.from_batches([given])
    elif hasattr(given, "to_arrow"):  # polars
        table = given.to_arrow()
    elif hasattr(given, "iloc") and hasattr(given, "columns"):  # pandas
        table = _from_pandas(given)
    elif isinstance(given, dict):
        table = pa.table(given)
    else:
        table = _from_matrix(np.asarray(given))
    check_distinct(table.column_names, "the table")
    columns = [plain(name, table[name]) for name in table.column_names]
    return pa.table(columns, names=table.column_names)


def check_distinct(names: Sequence[str], source: object) -> None:
    """Raise ValueError if two columns have one name, and say which."""
    if len(set(names)) == len(names):
        return
    for name in names:
        at = [str(index) for index, each in enumerate(names) if each == name]
        if len(at) > 1:
            raise ValueError(
                f"{source} names {len(at)} columns {name!r} ({', '.join(at)}): give each its own name."
            )


def plain(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as integers, floats, truth values, timestamps or text.

    Raises
    ------
    TypeError
        It holds bytes, lists or records.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(name, column.cast(kind.value_type))
    if (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
    ):
        return column
    if pa.types.is_large_string(kind) or kind == pa.string_view():
        return column.cast(pa.string())
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us"), safe=False)
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        return _seconds(column)
    if pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64())
    raise _unfit(name, kind)


def numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """A column of numbers, or of text that reads as numbers (m,); NaN where missing.

    Raises
    ------
    pyarrow.ArrowInvalid
        A word that is no number.
    """
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    column = column.cast(pa.float64(), safe=False)
    return np.asarray(column.to_numpy(), np.float64)


def strays(column: pa.ChunkedArray) -> list[str]:
    """The words of a column of which nine values in ten or more, but not all, are numbers; else none."""
    words, _ = distinct(column.slice(0, _MOST_LOOKED_AT))
    found = [word for word in words if word and not is_number(word)]
    return found if len(found) <= _MOST_STRAYS * len(words) else []


def is_number_type(kind: pa.DataType) -> bool:
    """Whether a column of this type holds integers or floats."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def word(value: object) -> str:
    """A value as text: a whole number without its decimals, and nothing for a missing one."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def distinct(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.intp]]:
    """The different values as words, in order of appearance, and which of them each row holds (m,)."""
    encoded = column.combine_chunks().dictionary_encode("encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    words = [word(value) for value in encoded.dictionary.to_pylist()]
    return words, np.asarray(encoded.indices, np.intp)


def as_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as text, null where missing."""
    if pa.types.is_string(column.type):
        return column
    words, rows = distinct(column)
    values = pa.array([each or None for each in words], pa.string())
    return pa.chunked_array([values.take(pa.array(rows))])


def _from_pandas(frame: Any) -> pa.Table:
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    check_distinct(list(frame.columns), "the frame")
    return pa.table({name: _from_values(name, frame[name]) for name in frame.columns})


def _from_matrix(array: NDArray[Any]) -> pa.Table:
    if array.ndim != 2:
        raise ValueError(f"an array of shape {array.shape} is no table: give rows of columns, shape (m, n).")
    columns = enumerate(np.ascontiguousarray(column) for column in array.T)
    return pa.table({str(index): _from_values(str(index), column) for index, column in columns})


def _from_values(name: str, values: Any) -> pa.Array:
    """The values of a column of one type; words where they are of several."""
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([word(value) for value in values])
    except pa.ArrowNotImplementedError:
        raise _unfit(name, values.dtype) from None


def _unfit(name: str, kind: object) -> TypeError:
    return TypeError(
        f"column {name!r} holds {kind}: give numbers, text, dates or truth values, or leave it out."
    )


def _seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    unit = column.type.unit
    whole = column.cast(pa.int32() if column.type.bit_width == 32 else pa.int64())
    return pc.divide(whole.cast(pa.float64()), float({"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit]))
