"""Examples that stay on the disk: read part by part, in constant memory, while a network trains on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.data.load import Column, find_column, is_plain_csv
from descend.data.preprocess import Preprocess
from descend.data.stream.arrays import ArrayRows
from descend.data.stream.csv_rows import CsvRows
from descend.data.stream.parquet_rows import ParquetRows
from descend.data.stream.rows import Rows
from descend.data.tables import numbers
from descend.data.target import Classes, Labels, Numbers, Task, fit_target, infer_task
from descend.data.treatments import Scaling, Treatment

Examples: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[np.float64] | None]

_PART_BYTES = 32 * 2**20
_FIT_ROWS = 200_000


@dataclass(frozen=True)
class Stream:
    """What `descend.train` takes in place of X and y, where these are bigger than memory.

    An epoch takes the rows in equal parts of at most 32 MB of inputs, or of one batch. The parts are drawn
    from all over the data anew for every epoch, and the batches at random from a part; the next part is read
    while C++ trains.

    Attributes
    ----------
    n_rows, n_inputs
        m and n[0].
    preprocess, target
        What makes the inputs and the targets, where the data is a table that needs it.
    """

    rows: Rows
    n_rows: int
    n_inputs: int
    encode: Callable[[Any], Examples]
    preprocess: Preprocess | None = None
    target: Classes | Labels | Numbers | None = None

    def parts(self, epoch: int, *, seed: int, batch_size: int, shuffle: bool) -> Iterator[Examples]:
        """X (m, n[0]), y and weights of the parts of an epoch; all but the last have whole batches.

        The same seed and epoch give the same parts.
        """
        n_parts = -(-self.n_rows * self.n_inputs * 4 // _PART_BYTES)
        batches = -(-self.n_rows // (n_parts * batch_size))
        rng = np.random.Generator(np.random.Philox(key=[seed, epoch])) if shuffle else None
        return map(self.encode, self.rows.parts(batches * batch_size, rng))


def stream(
    source: Any,
    target: Any,
    *,
    weight: Column | None = None,
    task: Task | None = None,
    preprocess: bool = True,
    treatments: Mapping[str, Treatment] | None = None,
    scaling: Scaling | None = None,
    seed: int = 0,
) -> Stream:
    """Examples that are read while a network trains on them.

    Parameters
    ----------
    source : path or numpy.memmap
        A Parquet file or a folder of its parts, a CSV file, or a matrix (m, n) as a ``.npy`` file.
    target : str, int, path or array
        The column that is predicted, by name or index; for a matrix also an array (m,) or its ``.npy`` file.
    weight : str or int, optional
        The column that says what each example weighs.
    task : str, optional
        What the target asks for; inferred from a sample if not given.
    preprocess : bool
        Whether the columns of a table are prepared as `prepare` does, by what a sample of 200,000 rows from
        all over the data shows; if not, all of them must be numbers, and stay what they are. A matrix is
        never prepared.
    treatments, scaling
        As `Preprocess.fit` takes them.
    seed : int
        What the sample is drawn with.

    Raises
    ------
    OSError
        A file cannot be read.
    TypeError, ValueError
        A source of another kind, a column that is not there, or as `load_data` and `prepare`.
    """
    if isinstance(source, np.ndarray) or str(source).endswith(".npy"):
        matrix = ArrayRows.opened(source, target)
        return Stream(matrix, matrix.n_rows, matrix.n_inputs, lambda part: part)
    if not isinstance(source, str | PathLike):
        raise TypeError(f"{type(source).__name__} cannot be streamed: give a Parquet, CSV or .npy file.")
    path = Path(source)
    rows = in_parts(path)
    if rows is None:
        raise ValueError(
            f"{path} cannot be streamed: give a Parquet, .npy or CSV file that is not compressed."
        )
    answer = find_column(rows.names, target, path)
    weighs = None if weight is None else find_column(rows.names, weight, path)
    inputs = [name for name in rows.names if name not in (answer, weighs)]
    if not preprocess:
        return Stream(rows, rows.n_rows, len(inputs), _Plain(tuple(inputs), answer, weighs))
    rng = np.random.Generator(np.random.Philox(key=[seed, 2**63]))
    sample = next(rows.parts(_FIT_ROWS, rng))
    targets = sample.select([answer])
    known = sample.filter(targets[answer].is_valid())
    targets, table = known.select([answer]), known.select(inputs)
    fitted = Preprocess.fit(table, treatments=treatments, scaling=scaling)
    encoder = fit_target(targets, task or infer_task(targets)[0])
    n_inputs = fitted.transform(table.slice(0, 1)).shape[1]
    return Stream(rows, rows.n_rows, n_inputs, _Prepared(fitted, encoder, weighs), fitted, encoder)


def in_parts(path: Path, text: Collection[str] = ()) -> ParquetRows | CsvRows | None:
    """The rows of a table that can be read in parts; None for any other file.

    `text` are the columns of a CSV file to be left as they stand in it.
    """
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq") or (path.is_dir() and any(path.glob("*.parquet"))):
        return ParquetRows(path)
    return CsvRows(path, text) if is_plain_csv(path) else None


@dataclass(frozen=True)
class _Plain:
    """Takes numbers as they are."""

    inputs: tuple[str, ...]
    target: str
    weight: str | None

    def __call__(self, table: pa.Table) -> Examples:
        X = np.empty((table.num_rows, len(self.inputs)), np.float32)
        for j, name in enumerate(self.inputs):
            X[:, j] = _numbers(name, table)
        weight = None if self.weight is None else _numbers(self.weight, table)
        return X, _numbers(self.target, table), weight


@dataclass(frozen=True)
class _Prepared:
    """Applies what the sample has taught."""

    preprocess: Preprocess
    target: Classes | Labels | Numbers
    weight: str | None

    def __call__(self, table: pa.Table) -> Examples:
        inputs = table.select(self.preprocess.names)
        weight = None if self.weight is None else _numbers(self.weight, table)
        return self.preprocess.transform(inputs), self.target.encode(table), weight


def _numbers(name: str, table: pa.Table) -> NDArray[np.float64]:
    try:
        return numbers(table[name])
    except pa.ArrowInvalid as error:
        raise ValueError(f"column {name!r} holds words: leave preprocess on.") from error
