"""From a CSV file, plain or compressed, to a table, or a sentence that says what is wrong with the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from descend.data.found import Found
from descend.data.tables import check_distinct, plain
from descend.text import is_number

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null")
_DELIMITERS = ",;\t|"
_LINES_LOOKED_AT = 200
_BLOCK_BYTES = 2**20
_COMPRESSED = (".gz", ".zst", ".bz2")


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written: its delimiter, its columns' names, and how many lines its header takes.

    A file without a header has its columns' positions for names: ``"0"``, ``"1"``, ...
    """

    delimiter: str
    names: tuple[str, ...]
    header_lines: int


def read_layout(path: Path) -> Layout:
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
    check_distinct(names, path)
    if not rest:
        raise ValueError(f"{path} has a header and no rows beneath it: give at least one row.")
    return Layout(delimiter, names, rest[0][0] - 1)


def read(path: Path, text: Collection[str | int] = ()) -> Found:
    """The table in a CSV file; errors as `read_layout` and `read_csv`."""
    layout = read_layout(path)
    names = {name for name in text if name in layout.names}
    n = len(layout.names)
    for each in set(text) - names:
        with suppress(ValueError):
            names |= {layout.names[int(each)]} if -n <= int(each) < n else set()
    note = f"{path.name} has no header: its columns are named 0 to {n - 1}."
    return Found(read_csv(path, layout, text=names), notes=() if layout.header_lines else (note,))


def read_csv(path: Path, layout: Layout, *, text: Collection[str] = ()) -> pa.Table:
    """A CSV file as a table of whole and decimal numbers, dates and text, null where missing.

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
    content, types = _content(path), {name: pa.string() for name in text}
    if _has_open_quote(content):
        check_rows(path, layout)
    try:
        table = parse(content, layout, types, whole=False)
    except pa.ArrowInvalid:
        check_rows(path, layout)
        try:
            table = parse(content, layout, types, whole=True)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path} cannot be read as CSV: {error}.") from error
    return clean(path, table, text)


def _lines(path: Path) -> Iterator[str]:
    try:
        with _opened(path) as stream:
            yield from io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: save it as CSV in UTF-8.") from error


@contextmanager
def _opened(path: Path) -> Iterator[pa.NativeFile]:
    """A file's bytes, decompressed where its name says that it is compressed."""
    path.open("rb").close()  # Arrow's own error would not name the file.
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            yield stream
    except OSError as error:
        if not is_compressed(path):
            raise
        raise ValueError(
            f"{path} is cut short, or is not compressed as its name says: fetch it again."
        ) from error


def is_compressed(path: Path) -> bool:
    """Whether a file's name says that it is compressed."""
    return path.suffix.lower() in _COMPRESSED


def _content(path: Path) -> pa.Buffer:
    """The whole of a file; a plain one stays on the disk until it is parsed."""
    if not is_compressed(path):
        with pa.memory_map(str(path)) as file:
            return file.read_buffer()
    with _opened(path) as stream:
        return stream.read_buffer()


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


def parse(content: pa.Buffer, layout: Layout, types: Mapping[str, pa.DataType], *, whole: bool) -> pa.Table:
    """The fields of a file, of these types or those that they show.

    `whole`: as one block, slower, with types that fit every row and newlines allowed inside quotes.
    """
    return arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(
            column_names=layout.names,
            skip_rows=layout.header_lines,
            block_size=min(content.size + 1, 2**31 - 1) if whole else None,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=whole),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            null_values=MISSING,
            strings_can_be_null=True,
            true_values=[],
            false_values=[],
        ),
    )


def _has_open_quote(content: pa.Buffer) -> bool:
    """Arrow takes what follows a quote that is never closed, to the end of the file, for one field."""
    at = np.frombuffer(content, np.uint8)
    blocks = (at[begin : begin + _BLOCK_BYTES] for begin in range(0, len(at), _BLOCK_BYTES))
    return sum(int(np.count_nonzero(block == ord('"'))) for block in blocks) % 2 == 1


def check_rows(path: Path, layout: Layout) -> None:
    """Raise ValueError, naming the line, where one has too few or too many fields or a quote left open."""
    line, expected = 0, len(layout.names)
    try:
        for line, row in _rows(_lines(path), layout.delimiter, strict=True):
            if len(row) != expected:
                sentence = f"{path}, line {line} has {len(row)} field(s), and the file {expected} column(s)"
                raise ValueError(f"{sentence}: mend the line.")
    except csv.Error as error:
        raise ValueError(f"{path}, after line {line}: {error}: close the quote left open.") from error


def clean(path: Path, table: pa.Table, text: Collection[str]) -> pa.Table:
    """The table with text trimmed, missing words made null and, but for the columns `text`, numbers read."""
    names = table.column_names
    with ThreadPoolExecutor() as threads:
        columns = list(threads.map(lambda name: _cleaned(path, name, table[name], name in text), names))
    return pa.table(columns, names=names)


def _cleaned(path: Path, name: str, column: pa.ChunkedArray, as_text: bool) -> pa.ChunkedArray:
    if pa.types.is_binary(column.type):
        raise ValueError(f"{path} is not UTF-8 text (column {name!r}): save it as CSV in UTF-8.")
    if not (pa.types.is_string(column.type) and _has_blanks(column)):
        return plain(name, column)
    trimmed = pc.utf8_trim_whitespace(column)
    column = pc.if_else(pc.is_in(trimmed, pa.array(MISSING)), None, trimmed)
    if as_text:
        return column
    try:
        return column.cast(pa.float64())
    except pa.ArrowInvalid:
        return column


def _has_blanks(column: pa.ChunkedArray) -> bool:
    """Whether any word begins or ends with a blank: to look costs less than to trim."""
    return any(pc.any(has(column, " ")).as_py() for has in (pc.starts_with, pc.ends_with))
