"""Files that come after training: tests, and what is to be predicted."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from descend.data.load import FilePath, read_csv, read_layout
from descend.data.preprocess import Preprocess


def read_as_trained(
    path: FilePath, preprocess: Preprocess, target: str
) -> tuple[pa.Table, pa.ChunkedArray | None]:
    """A file's inputs, read as those of training were, and its target as text, if it is there.

    Columns that were trained on without names, by position, keep their names where the target is absent.

    Raises
    ------
    OSError, ValueError
        The file cannot be read, is no table, or has other columns.
    """
    layout = read_layout(path)
    by_position = not layout.header_lines and all(name.isdigit() for name in preprocess.names)
    if by_position and len(layout.names) == len(preprocess.names):
        layout = replace(layout, names=tuple(preprocess.names))
    table = read_csv(path, layout, text=[*preprocess.text, target])
    inputs, values = table, None
    if target in table.column_names:
        inputs, values = table.drop_columns([target]), table[target]
    preprocess.check_columns(inputs.column_names, path)
    return inputs, values
