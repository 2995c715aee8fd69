"""Data that come after training: what is to be predicted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from descend.data.load import read, read_pictures
from descend.data.pixels import Pixels
from descend.data.preparation import Preparation
from descend.data.preprocess import Preprocess
from descend.data.stream import in_parts

_ROWS_AT_ONCE = 2**16


class Read(NamedTuple):
    """Inputs as those of training were, what names the rows, and the targets where all of them are there."""

    inputs: Any
    identifiers: pa.Table
    targets: pa.Table | None


def read_as_trained(path: Path, preprocess: Preparation, targets: Sequence[str]) -> Read:
    """What is in a file, with its text columns as they stand in it.

    Columns that were trained on without names, by position, keep their names where the targets are absent.

    Raises
    ------
    OSError, ImportError, ValueError
        The file cannot be read, is no table, or has other columns.
    """
    if isinstance(preprocess, Pixels):
        found, names = read_pictures(path, preprocess.shape)
        return Read(found.inputs, names, found.targets)
    if not isinstance(preprocess, Preprocess):
        raise ValueError(f"{path} is no sparse matrix, and the model was trained on one: use it in Python.")
    found = read(path, text=[*preprocess.text, *targets])
    return _as_trained(found.inputs, path, preprocess, targets, found.targets)


def parts_as_trained(path: Path, preprocess: Preparation, targets: Sequence[str]) -> Iterator[Read]:
    """The same of 65,536 rows at a time, where the file can be read in parts; raises as `read_as_trained`."""
    if isinstance(preprocess, Preprocess):
        rows = in_parts(path, [*preprocess.text, *targets])
        if rows is not None:
            for table in rows.parts(_ROWS_AT_ONCE, None):
                yield _as_trained(table, path, preprocess, targets)
            return
    yield read_as_trained(path, preprocess, targets)


def _as_trained(
    table: Any, path: Path, preprocess: Preprocess, targets: Sequence[str], apart: pa.Table | None = None
) -> Read:
    """As it was trained on; the targets from among the columns, or from where the source keeps them apart."""
    if not isinstance(table, pa.Table):
        raise ValueError(f"{path} holds images, and training had a table: give the columns of training.")
    trained = preprocess.names
    if table.column_names == [str(place) for place in range(len(trained))] and all(map(str.isdigit, trained)):
        table = table.rename_columns(trained)
    inputs = table.drop_columns([name for name in targets if name in table.column_names])
    preprocess.check_columns(inputs.column_names, path)
    identifiers = [name for name in preprocess.identifiers if name in inputs.column_names]
    shown = table if apart is None else apart
    known = set(targets) <= set(shown.column_names)
    return Read(inputs, inputs.select(identifiers), shown.select(list(targets)) if known else None)
