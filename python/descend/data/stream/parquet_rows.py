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

_OPEN_GROUPS = 32
_BUFFER_BYTES = 2**15


class ParquetRows:
    """Row groups, 32 of them, drawn at random, open together; a part has as many rows of each.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        There is no Parquet file, one is cut short, or one has other columns than the first.
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

    def parts(self, rows: int, rng: np.random.Generator | None) -> Iterator[pa.Table]:
        """As `Rows` says."""
        places = range(len(self._groups)) if rng is None else rng.permutation(len(self._groups))
        groups = [self._groups[place] for place in places]
        n_open = 1 if rng is None else min(_OPEN_GROUPS, len(groups))
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


def _opened(path: Path) -> parquet.ParquetFile:
    path.open("rb").close()
    try:
        return parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"{path} is no Parquet file, or is cut short ({reason}).") from error
