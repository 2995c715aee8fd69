"""Rows on a disk: what every kind of file gives to a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import pyarrow as pa


class Rows(Protocol):
    """Rows that can be read in parts from all over the data."""

    @property
    def n_rows(self) -> int:
        """How many there are."""
        ...

    def parts(self, rows: int, rng: np.random.Generator | None) -> Iterator[Any]:
        """All rows in parts of this many, the last of fewer: mixed by `rng`, or, without one, in order."""
        ...


def regrouped(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of exactly so many, the last of fewer."""
    held: list[pa.Table] = []
    n_held = 0
    for table in tables:
        held.append(table)
        n_held += table.num_rows
        while n_held >= rows:
            whole = pa.concat_tables(held)
            yield whole.slice(0, rows)
            held = [whole.slice(rows)]
            n_held -= rows
    if n_held:
        yield pa.concat_tables(held)
