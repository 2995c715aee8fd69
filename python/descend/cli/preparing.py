"""From the name of a data set or a file to the parts that a network trains, stops and is judged on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from descend.cli.reading import read_as_trained
from descend.config import RunConfig
from descend.data import builtin
from descend.data.load import find_column, read_csv, read_layout
from descend.data.preprocess import Preprocess
from descend.data.split import split
from descend.data.target import Classes, Number, Target, Task, infer_task
from descend.text import listed

Say: TypeAlias = Callable[[str], None]


class Part(NamedTuple):
    """Inputs (m, n[0]), and the target (m,) in its own words."""

    X: NDArray[np.float32]
    values: pa.ChunkedArray


@dataclass(frozen=True)
class Prepared:
    """The parts by name, train and, if any, validation and test; and what was done to their columns."""

    name: str
    task: Task
    preprocess: Preprocess
    target: Target
    parts: dict[str, Part]


class _Source(NamedTuple):
    name: str
    table: pa.Table
    target: str
    task: Task | None


def prepare(config: RunConfig, say: Say) -> Prepared:
    """Read, find out the task, split, and fit the preprocessing to the training part.

    Raises
    ------
    OSError, ValueError
        A name, a file, a table or a share that cannot be used.
    """
    source = _source(config, say)
    say(f"{source.name}: {source.table.num_rows:,} rows, {source.table.num_columns} columns.")
    inputs, values = _labelled(source.table.drop_columns([source.target]), source.table[source.target], say)
    task = _task(config, source, values, say)

    classes = Classes.fit(source.target, values) if task == "classification" else None
    shares = split(
        len(values),
        validation=config.data.validation,
        test=0.0 if isinstance(config.data.test, str) else config.data.test,
        seed=config.train.seed,
        classes=None if classes is None else classes.encode(values),
    )
    parts = {
        name: (inputs.take(rows), values.take(rows)) for name, rows in shares._asdict().items() if len(rows)
    }
    inputs, values = parts["train"]
    target = classes or Number.fit(source.target, values, standardise=config.train.loss != "poisson")
    preprocess = Preprocess.fit(inputs)
    if isinstance(config.data.test, str):
        inputs, labels = read_as_trained(config.data.test, preprocess, source.target)
        if labels is None:
            raise ValueError(f"{config.data.test} has no column {source.target!r}: a test needs the target.")
        parts["test"] = _labelled(inputs, labels, say)

    for reason in ("constant", "identifier"):
        names = [column.name for column in preprocess.left_out if column.reason == reason]
        if names:
            say(f"Left out as {reason}: {listed(names)}.")
    say("Rows: " + ", ".join(f"{len(values):,} {name}" for name, (_, values) in parts.items()) + ".")
    transformed = {
        name: Part(preprocess.transform(inputs).astype(np.float32), values)
        for name, (inputs, values) in parts.items()
    }
    return Prepared(source.name, task, preprocess, target, transformed)


def _source(config: RunConfig, say: Say) -> _Source:
    if config.data.source in builtin.NAMES:
        table, target, task = builtin.load(config.data.source)
        if config.data.target is None:
            return _Source(config.data.source, table, target, task)
        target = find_column(table.column_names, config.data.target, config.data.source)
        values = table[target].cast(pa.string())
        table = table.drop_columns([target]).append_column(target, values)
        return _Source(config.data.source, table, target, None)
    path = Path(config.data.source)
    if not path.exists():
        nearest = get_close_matches(config.data.source, builtin.NAMES, n=1)
        remedy = f"did you mean {nearest[0]}?" if nearest else f"built in are {listed(builtin.NAMES)}."
        raise ValueError(f"{path} is neither a file nor a built-in data set: {remedy}")
    layout = read_layout(path)
    if config.data.target is None:
        raise ValueError(f"{path} needs --target: give one of its columns, {listed(layout.names)}.")
    target = find_column(layout.names, config.data.target, path)
    if not layout.header_lines:
        say(f"{path.stem} has no header: its columns are named 0 to {len(layout.names) - 1}.")
    return _Source(path.stem, read_csv(path, layout, text=[target]), target, None)


def _labelled(inputs: pa.Table, values: pa.ChunkedArray, say: Say) -> tuple[pa.Table, pa.ChunkedArray]:
    """The rows whose target is known."""
    unknown = values.null_count
    if unknown == len(values):
        raise ValueError("the target is missing in every row: give rows to learn from.")
    if unknown:
        say(f"Left out: {unknown:,} rows without a target.")
    known = values.is_valid()
    return inputs.filter(known), values.filter(known)


def _task(config: RunConfig, source: _Source, values: pa.ChunkedArray, say: Say) -> Task:
    task = config.data.task or source.task
    if task is not None:
        say(f"Task: {task} of {source.target}.")
        return task
    task, reason = infer_task(values)
    other = "regression" if task == "classification" else "classification"
    say(f"Task: {task} of {source.target} ({reason}; --task {other} overrides).")
    return task
