"""``python -m bench.streaming``: an epoch from the disk beside one in memory, and how well a stream mixes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

import descend as ds
from descend import text
from descend.data.stream import Stream

_COLUMNS = 28
_UNITS = 256
_BATCH = 256
_ROWS_AT_ONCE = 2**20
_KINDS = ("memory", "npy", "parquet", "plain.parquet", "csv")


def generated(rows: int) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """X, of which the last column goes from 0 to 1 over all rows, and y, by blocks."""
    rng = np.random.default_rng(0)
    for begin in range(0, rows, _ROWS_AT_ONCE):
        m = min(_ROWS_AT_ONCE, rows - begin)
        X = rng.standard_normal((m, _COLUMNS), dtype=np.float32)
        X[:, -1] = np.arange(begin, begin + m) / rows
        yield X, (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(np.float32)


def write(folder: Path, rows: int, csv_rows: int) -> None:
    """The same rows as .npy and as Parquet, with dictionaries and without, and the first of them as CSV."""
    shape = {"X": (rows, _COLUMNS), "y": (rows,)}
    arrays = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.dtype(np.float32), shape[name])
        for name in shape
    }
    names = [*(f"x{j}" for j in range(_COLUMNS)), "y"]
    schema = pa.schema([(name, pa.float32()) for name in names])
    begin = 0
    with (
        parquet.ParquetWriter(folder / "rows.parquet", schema) as columns,
        parquet.ParquetWriter(folder / "rows.plain.parquet", schema, use_dictionary=False) as plain,
        csv.CSVWriter(folder / "rows.csv", schema) as lines,
    ):
        for X, y in generated(rows):
            arrays["X"][begin : begin + len(X)], arrays["y"][begin : begin + len(X)] = X, y
            table = pa.table([*X.T.copy(), y], schema=schema)
            columns.write_table(table)
            plain.write_table(table)
            lines.write_table(table.slice(0, max(0, csv_rows - begin)))
            begin += len(X)
    for array in arrays.values():
        array.flush()


def opened(kind: str, folder: Path) -> Stream:
    """A stream of the rows."""
    if kind == "npy":
        return ds.stream(folder / "X.npy", folder / "y.npy")
    return ds.stream(folder / f"rows.{kind}", "y", preprocess=False)


def epoch(kind: str, folder: Path) -> dict[str, float]:
    """Train for one epoch: the seconds that opening and training take, the cost, the memory."""
    network = ds.Network(_COLUMNS, [ds.Dense(_UNITS), ds.Dense(_UNITS), ds.Dense(1, "sigmoid")], seed=0)
    began = time.perf_counter()
    data: list[object] = (
        [opened(kind, folder)] if kind != "memory" else [np.load(folder / f"{n}.npy") for n in "Xy"]
    )
    opening = time.perf_counter() - began
    history = ds.train(network, *data, epochs=1, batch_size=_BATCH, seed=0, progress=False)
    return {
        "rows": getattr(data[0], "n_rows", None) or len(data[0]),  # type: ignore[arg-type]
        "opening": opening,
        "seconds": history.times[0],
        "cost": history.cost[0],
        "megabytes": _peak_kilobytes() / 1024,
    }


def _peak_kilobytes() -> int:
    """The most memory that was resident, of this process alone: getrusage counts its parent's too."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1])


def mixing(kind: str, folder: Path) -> float:
    """How far batches' means of a column that rises with the row number spread, beside a perfect shuffle's.

    1 is as good as a shuffle of all rows; without any shuffle it is the square root of the batch size.
    """
    means = []
    rng = np.random.default_rng(0)
    for X, *_ in opened(kind, folder).parts(0, seed=0, batch_size=_BATCH, shuffle=True):
        place = X[rng.permutation(len(X)), -1].astype(np.float64)
        means += place[: len(place) // _BATCH * _BATCH].reshape(-1, _BATCH).mean(axis=1).tolist()
    return float(np.std(means) * np.sqrt(12 * _BATCH))


@click.command()
@click.option("--rows", default=20_000_000, show_default=True)
@click.option("--csv-rows", default=2_000_000, show_default=True, help="CSV has only so many.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where there is room; a temporary folder if not given."
)
@click.option("--only", type=click.Choice(_KINDS), hidden=True)
def main(rows: int, csv_rows: int, folder: Path | None, only: str | None) -> None:
    """Generate rows of 28 float32 columns, train a 28-256-256-1 network on each kind of file, delete them."""
    if only is not None and folder is not None:
        click.echo(json.dumps(epoch(only, folder)))
        return
    place = Path(tempfile.mkdtemp(prefix="descend-", dir=folder))
    try:
        write(place, rows, csv_rows)
        table = []
        in_memory = 0.0
        for kind in _KINDS:
            command = [sys.executable, "-m", "bench.streaming", "--folder", str(place), "--only", kind]
            found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            each = found["seconds"] / found["rows"]
            in_memory = in_memory or each
            table.append(
                [
                    kind,
                    f"{found['rows']:,}",
                    f"{found['opening']:.1f} s",
                    f"{found['seconds']:.1f} s",
                    f"{each / in_memory:.2f}",
                    f"{found['cost']:.4f}",
                    f"{found['megabytes']:,.0f} MB",
                    "" if kind == "memory" else f"{mixing(kind, place):.2f}",
                ]
            )
            click.echo("  ".join(table[-1]))
    finally:
        shutil.rmtree(place)
    header = ("from", "rows", "opening", "one epoch", "of memory's", "cost", "resident", "mixing")
    click.echo(f"\n{text.table(header, table)}")


if __name__ == "__main__":
    main()
