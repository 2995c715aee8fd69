"""Tables that are stored by column: Parquet, and Arrow's own format, which is also called Feather."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import feather, parquet

from descend.data.tables import as_table, check_distinct


def read_columnar(paths: Sequence[Path], read_columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of one file, or of the parts of one table.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        A file is cut short or of another format, or has other columns than the first.
    """
    tables = [_read(path, read_columns) for path in paths]
    first = tables[0]
    for path, table in zip(paths, tables, strict=True):
        if table.column_names != first.column_names:
            raise ValueError(f"{path} has other columns than {paths[0].name}: give parts of one table.")
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowInvalid as error:
        raise ValueError(f"the parts in {paths[0].parent} differ in types: {error}.") from error


def _read(path: Path, columns: Sequence[str] | None) -> pa.Table:
    path.open("rb").close()
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table = parquet.ParquetFile(path).read(columns)
        else:
            table = feather.read_table(path, columns)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(f"{path} is no {path.suffix[1:]} file, or is cut short ({reason}).") from error
    check_distinct(table.column_names, path)
    if not table.num_rows:
        raise ValueError(f"{path} has no rows: give at least one.")
    try:
        return as_table(table)
    except TypeError as error:
        raise ValueError(f"{path}: {error}") from error
