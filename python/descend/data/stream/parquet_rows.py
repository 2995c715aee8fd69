"""The rows of a Parquet file, or of a folder of parts of one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from descend.data.stream.rows import regrouped
from descend.data.tables import as_table

_MOST_OPEN = 32
_OPEN_BYTES = 3 * 2**27
_PAGE_BYTES = 2**19
_BUFFER_BYTES = 2**15


class ParquetRows:
    """Row groups, drawn at random, of which some are open together; a part has as many rows of each.

    There are 32 open, or as many as can be read in 400 MB: where columns have dictionaries, as by default, a
    reader holds them whole, and files that are written without, or in small groups, mix better.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        There is no Parquet file, no row, a file that is cut short, or one with other columns than the first.
    """

    def __init__(self, path: Path) -> None:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        files = [each for each in inside if path.is_file() or each.suffix in (".parquet", ".pq")]
        if not files:
            raise ValueError(f"{path} has no Parquet file in it: give a folder of parts of one table.")
        self._files = [_opened(file) for file in files]
        self.names: list[str] = self._files[0].schema_arrow.names
        for file, opened in zip(files, self._files, strict=True):
            if opened.schema_arrow.names != self.names:
                raise ValueError(f"{file} has other columns than {files[0].name}: give parts of one table.")
        self._groups = [
            (file, group) for file in range(len(files)) for group in range(self._files[file].num_row_groups)
        ]
        self.n_rows = sum(file.metadata.num_rows for file in self._files)
        if not self.n_rows:
            raise ValueError(f"{path} has no rows: give at least one.")
        largest = max(_bytes_to_read(self._files[file], group) for file, group in self._groups)
        self._n_open = max(2, min(_MOST_OPEN, _OPEN_BYTES // largest))

    def parts(self, rows: int, rng: np.random.Generator | None) -> Iterator[pa.Table]:
        """As `Rows` says."""
        places = range(len(self._groups)) if rng is None else rng.permutation(len(self._groups))
        groups = [self._groups[place] for place in places]
        n_open = 1 if rng is None else min(self._n_open, len(groups))
        return regrouped(self._in_turn(groups, n_open, -(-rows // n_open)), rows)

    def _in_turn(self, groups: Sequence[tuple[int, int]], n_open: int, rows: int) -> Iterator[pa.Table]:
        waiting = (self._read(file, group, rows) for file, group in groups)
        opened = list(islice(waiting, n_open))
        while opened:
            for reader in list(opened):
                if (table := next(reader, None)) is not None:
                    yield table
                    continue
                place = opened.index(reader)
                opened[place : place + 1] = islice(waiting, 1)

    def _read(self, file: int, group: int, rows: int) -> Iterator[pa.Table]:
        for batch in self._files[file].iter_batches(rows, [group], use_threads=False):
            yield as_table(batch)


def _bytes_to_read(file: parquet.ParquetFile, group: int) -> int:
    """About what a reader of a row group holds: of each column the dictionary, twice, and a page."""
    needed = 0
    for i in range(file.metadata.num_columns):
        column = file.metadata.row_group(group).column(i)
        has_dictionary = column.has_dictionary_page and column.dictionary_page_offset is not None
        dictionary = column.data_page_offset - column.dictionary_page_offset if has_dictionary else 0
        needed += min(column.total_uncompressed_size, 2 * dictionary + _PAGE_BYTES)
    return max(1, needed)


def _opened(path: Path) -> parquet.ParquetFile:
    path.open("rb").close()
    try:
        return parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"{path} is no Parquet file, or is cut short ({reason}).") from error
