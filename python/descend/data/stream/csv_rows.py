"""The rows of a CSV file that is too big to be parsed as a whole."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.data.load import csv_files
from descend.data.stream.rows import regrouped

_PIECE_BYTES = 2**16
_SCAN_BYTES = 2**23
_SAMPLED = 100


class _Pieces(NamedTuple):
    """Where pieces of whole lines begin and end, and how many rows each has."""

    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    rows: NDArray[np.int64]


class CsvRows:
    """Pieces of 64 kB of whole lines, found in one pass over the file; a part is parsed from many of them.

    The columns `text` are left as they stand in the file.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        The file is empty or not text, as `csv_files.read_layout` says.
    """

    def __init__(self, path: Path, text: Collection[str] = ()) -> None:
        self._path = path
        self._layout = csv_files.read_layout(path)
        self._pieces, self._has_quotes = _found(path, self._layout.header_lines)
        self.names = list(self._layout.names)
        self.n_rows = int(self._pieces.rows.sum())
        self._text = set(text) & set(self._layout.names)
        self._types: dict[str, pa.DataType] = {name: pa.string() for name in self._text}
        sample = np.random.Generator(np.random.Philox(key=0)).permutation(len(self._pieces.rows))[:_SAMPLED]
        shown = self._parse(self._content(sample)).schema
        self._types = {field.name: _general(field.type) for field in shown}

    def parts(self, rows: int, rng: np.random.Generator | None) -> Iterator[pa.Table]:
        """As `Rows` says."""
        order = np.arange(len(self._pieces.rows))
        if rng is not None:
            rng.shuffle(order)
        ends = np.cumsum(self._pieces.rows[order])
        cuts = np.searchsorted(ends, np.arange(rows, self.n_rows, rows)) + 1
        return regrouped(map(self._parsed, np.split(order, np.unique(cuts[cuts < len(order)]))), rows)

    def _parsed(self, pieces: NDArray[np.intp]) -> pa.Table:
        return csv_files.clean(self._path, self._parse(self._content(pieces)), self._text)

    def _parse(self, content: pa.Buffer) -> pa.Table:
        body = replace(self._layout, header_lines=0)
        try:
            return csv_files.parse(content, body, self._types, whole=self._has_quotes)
        except pa.ArrowInvalid as error:
            csv_files.check_rows(self._path, self._layout)
            raise ValueError(f"{self._path} cannot be read as CSV: {str(error).rstrip('.')}.") from error

    def _content(self, pieces: NDArray[np.intp]) -> pa.Buffer:
        begins, ends, _ = self._pieces
        with self._path.open("rb") as file:
            read = partial(os.pread, file.fileno())
            return pa.py_buffer(b"".join(map(read, (ends - begins)[pieces], begins[pieces])))


def _general(kind: pa.DataType) -> pa.DataType:
    """A type that fits the rows, too, that were not looked at."""
    if pa.types.is_integer(kind):
        return pa.float64()
    return pa.string() if pa.types.is_null(kind) else kind


def _found(path: Path, header_lines: int) -> tuple[_Pieces, bool]:
    """Cut the file behind the first end of a row after every 64 kB, and say whether it has quotes.

    An end of line within quotes ends no row, and an empty line is none.
    """
    begins, ends, rows = [], [], []
    any_quotes = False
    with path.open("rb") as file:
        place = sum(len(file.readline()) for _ in range(header_lines))
        while content := _whole_rows(file, path):
            at = np.frombuffer(content, np.uint8)
            newlines, quotes = np.flatnonzero(at == ord("\n")), np.flatnonzero(at == ord('"'))
            if len(quotes):
                any_quotes = True
                newlines = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
            if content[-1:] != b"\n":
                newlines = np.append(newlines, len(content))
            starts = np.concatenate([[0], newlines[:-1] + 1])
            lengths = newlines - starts
            blank = (lengths == 0) | ((lengths == 1) & (at[np.minimum(starts, len(at) - 1)] == ord("\r")))
            cuts = np.unique(np.searchsorted(newlines, np.arange(_PIECE_BYTES, len(content), _PIECE_BYTES)))
            last = np.unique(np.append(cuts[cuts < len(newlines)], len(newlines) - 1))
            first = np.concatenate([[0], last[:-1] + 1])
            begins.append(place + starts[first])
            ends.append(place + np.minimum(newlines[last] + 1, len(content)))
            rows.append(np.add.reduceat(~blank, first, dtype=np.int64))
            place += len(content)
    return _Pieces(*(np.concatenate(each) for each in (begins, ends, rows))), any_quotes


def _whole_rows(file: BinaryIO, path: Path) -> bytes:
    """The next 8 MB, and what is behind them to the end of the row."""
    content = file.read(_SCAN_BYTES) + file.readline()
    while content.count(b'"') % 2:
        more = file.readline()
        if not more:
            raise ValueError(f"{path} has a quote that is never closed: close it.")
        content += more
    return content
