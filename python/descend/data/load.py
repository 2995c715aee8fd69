"""From a CSV file to a table of numbers and text, or a sentence that says what is wrong with the file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from descend.text import is_number, listed

FilePath: TypeAlias = str | PathLike[str]

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null")
_DELIMITERS = ",;\t|"
_LINES_LOOKED_AT = 200


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written: its delimiter, its columns' names, and how many lines its header takes.

    A file without a header has its columns' positions for names: ``"0"``, ``"1"``, ...
    """

    delimiter: str
    names: tuple[str, ...]
    header_lines: int


def read_layout(path: FilePath) -> Layout:
    """The delimiter and the columns of a CSV file, found from its first lines.

    The first row is a header where a word stands over a column of numbers, or where it holds no number and no
    word of it comes again beneath.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        The file is empty, is not text, has nothing beneath its header, or gives one name to two columns.
    """
    lines = list(islice(_lines(path), _LINES_LOOKED_AT))
    if not any(line.strip() for line in lines):
        raise ValueError(f"{path} is empty: give a CSV file with at least one row.")
    delimiter = max(_DELIMITERS, key=lambda each: len(next(_rows(lines, each))[1]))
    (_, first), *rest = _rows(lines, delimiter)
    if not _is_header(first, [row for _, row in rest]):
        return Layout(delimiter, tuple(str(index) for index in range(len(first))), 0)
    names = tuple(name.strip() or str(index) for index, name in enumerate(first))
    for name, count in Counter(names).items():
        if count > 1:
            at = ", ".join(str(index) for index, each in enumerate(names) if each == name)
            raise ValueError(f"{path} names {count} columns {name!r} ({at}): give each its own name.")
    if not rest:
        raise ValueError(f"{path} has a header and no rows beneath it: give at least one row.")
    return Layout(delimiter, names, rest[0][0] - 1)


def read_csv(path: FilePath, layout: Layout, *, text: Collection[str] = ()) -> pa.Table:
    """A CSV file as a table of float64 (numbers, dates as seconds) and string columns, null where missing.

    Parameters
    ----------
    path
        The file, in UTF-8 with or without a byte-order mark.
    layout
        What `read_layout` found.
    text
        Names of columns to be left as the text that stands in the file.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        The file is not text, or a row has too few or too many fields, and the sentence names its line.
    """
    if _has_open_quote(path):
        _check_rows(path, layout)
    try:
        table = _parse(path, layout, text, whole=False)
    except pa.ArrowInvalid:
        _check_rows(path, layout)
        try:
            table = _parse(path, layout, text, whole=True)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path} cannot be read as CSV: {error}.") from error
    columns = [_clean(path, name, table[name], name in text) for name in table.column_names]
    return pa.table(columns, names=table.column_names)


def find_column(names: Sequence[str], wanted: str, source: FilePath) -> str:
    """The column called `wanted`, or at that index (``-1`` is the last).

    Raises
    ------
    ValueError
        There is no such column; the sentence lists those there are.
    """
    if wanted in names:
        return wanted
    try:
        return names[int(wanted)]
    except (ValueError, IndexError):
        nearest = get_close_matches(wanted, names, n=1)
        hint = f"did you mean {nearest[0]!r}? Its" if nearest else "its"
        raise ValueError(f"{source} has no column {wanted!r}: {hint} columns are {listed(names)}.") from None


def _lines(path: FilePath) -> Iterator[str]:
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            yield from stream
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: save it as CSV in UTF-8.") from error


def _rows(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line on which it begins."""
    reader, line = csv.reader(lines, delimiter=delimiter, strict=strict), 1
    for row in reader:
        if row:
            yield line, row
        line = reader.line_num + 1


def _is_header(first: list[str], rest: list[list[str]]) -> bool:
    columns = list(zip(first, zip(*rest, strict=False), strict=False))
    if any(_is_word(word) and not any(map(_is_word, beneath)) for word, beneath in columns):
        return True
    if any(field.strip() and not _is_word(field) for field in first):
        return False
    return not any(word in beneath for word, beneath in columns)


def _is_word(field: str) -> bool:
    return not (field.strip() in MISSING or is_number(field))


def _parse(path: FilePath, layout: Layout, text: Collection[str], *, whole: bool) -> pa.Table:
    """`whole`: as one block, slower, with types that fit every row and newlines allowed inside quotes."""
    size = min(Path(path).stat().st_size + 1, 2**31 - 1)
    return arrow_csv.read_csv(
        path,
        read_options=arrow_csv.ReadOptions(
            column_names=layout.names, skip_rows=layout.header_lines, block_size=size if whole else None
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=whole),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in text},
            null_values=MISSING,
            true_values=[],
            false_values=[],
        ),
    )


def _has_open_quote(path: FilePath) -> bool:
    """Arrow takes what follows a quote that is never closed, to the end of the file, for one field."""
    with Path(path).open("rb") as stream:
        return sum(block.count(b'"') for block in iter(partial(stream.read, 1 << 20), b"")) % 2 == 1


def _check_rows(path: FilePath, layout: Layout) -> None:
    line, expected = 0, len(layout.names)
    try:
        for line, row in _rows(_lines(path), layout.delimiter, strict=True):
            if len(row) != expected:
                sentence = f"{path}, line {line} has {len(row)} field(s), and the file {expected} column(s)"
                raise ValueError(f"{sentence}: mend the line.")
    except csv.Error as error:
        raise ValueError(f"{path}, after line {line}: {error}: close the quote left open.") from error


def _clean(path: FilePath, name: str, column: pa.ChunkedArray, as_text: bool) -> pa.ChunkedArray:
    if pa.types.is_binary(column.type):
        raise ValueError(f"{path} is not UTF-8 text (column {name!r}): save it as CSV in UTF-8.")
    if pa.types.is_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.is_in(trimmed, pa.array(MISSING)), None, trimmed)
        if as_text:
            return column
        try:
            return column.cast(pa.float64())
        except pa.ArrowInvalid:
            return column
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
    elif pa.types.is_time(column.type):
        column = column.cast(pa.int32())
    return column.cast(pa.float64(), safe=False)
