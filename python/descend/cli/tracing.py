"""`descend trace`: every matrix that rows of a table go through, and what moves their loss."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from descend import text
from descend.cli.reading import read_as_trained
from descend.data.preparation import Preparation
from descend.persist import load_model
from descend.tracing import Trace

_MOST_INPUTS = 10


def run(model_path: Path, table_path: Path, row: int | None) -> None:
    """Print the trace of all rows of the table or, counted from 1, of one.

    Raises
    ------
    OSError
        A file cannot be read.
    ValueError
        A file that is no model or no table, columns that do not match, or a row that is not there.
    """
    if model_path.is_dir():
        model_path /= "model.safetensors"
    network, preprocess, target = load_model(model_path)
    if preprocess is None or target is None:
        raise ValueError(f"{model_path} holds no preprocessing: use it in Python, with descend.load.")
    inputs, _, targets = read_as_trained(table_path, preprocess, target.names)
    if targets is None:
        raise ValueError(f"{table_path} has no column {target.names[0]!r}: a trace needs the target.")
    if any(column.null_count for column in targets.columns):
        raise ValueError(f"{table_path} has rows without a target: a trace needs it.")
    X, y = preprocess.transform(inputs), target.encode(targets)
    if row is not None:
        if row > len(X):
            raise ValueError(f"{table_path} has {len(X):,} rows, and row {row} is none of them.")
        X, y, targets = X[row - 1 : row], y[row - 1 : row], targets.slice(row - 1, 1)
    trace = network.trace(X, y, inputs=True)
    if row is not None:
        (true,), predicted = targets.to_pylist(), target.decode(trace.A[trace.L].T)
        said = [f"{name} is {true[name]}, predicted {_written(predicted[name][0])}" for name in target.names]
        click.echo(f"Row {row}: {'; '.join(said)}.\n")
    click.echo(trace)
    if row is not None:
        click.echo(f"\n{_numbers(trace)}")
    click.echo(f"\n{_saliency(trace, preprocess)}")


def _numbers(trace: Trace) -> str:
    """The numbers of one example, of long vectors the first and the last."""
    steps = [(trace.A, 0)]
    steps += [(matrices, l) for l in range(1, trace.L + 1) for matrices in (trace.Z, trace.A)]
    steps += [(matrices, l) for l in range(trace.L, 0, -1) for matrices in (trace.dA, trace.dZ)]
    return "\n".join(
        f"{matrices.symbol}[{l}]".ljust(6)
        + np.array2string(
            matrices[l][:, 0] + 0.0,  # no -0
            threshold=12,
            formatter={"float_kind": "{:.4g}".format},
            prefix=" " * 6,
        )
        for matrices, l in [*steps, (trace.dA, 0)]
    )


def _saliency(trace: Trace, preprocess: Preparation) -> str:
    """The inputs that move the loss most, by the mean magnitude of dA[0]."""
    size = np.abs(trace.dA[0]).mean(axis=1)
    first = np.argsort(-size, kind="stable")[:_MOST_INPUTS]
    names = preprocess.inputs
    rows = [[names[i], f"{trace.A[0][i].mean():.3g}", f"{size[i]:.3g}"] for i in first]
    title = f"The inputs that move the loss most, of {len(names)}, as preprocessing makes them:"
    return f"{title}\n{text.table(['input', 'A[0]', '|dA[0]|'], rows)}"


def _written(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
