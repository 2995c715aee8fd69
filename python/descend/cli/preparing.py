"""From the name of a data set or a file to the parts that a network trains, stops and is judged on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TypeAlias

from descend.config import RunConfig
from descend.data.dataset import Data
from descend.data.load import load_data
from descend.data.prepare import Prepared, divide
from descend.data.prepare import prepare as prepare_data
from descend.data.preprocess import Preprocess
from descend.data.split import Split
from descend.text import listed

Say: TypeAlias = Callable[[str], None]


def silent(sentence: str) -> None:
    """Say nothing."""


def read(config: RunConfig, say: Say) -> Data:
    """The data as they are, saying what was found.

    Raises
    ------
    OSError, ImportError, ValueError
        A name, a file or a table that cannot be used.
    """
    settings, test = config.data, config.data.test
    data = load_data(
        settings.source,
        settings.target,
        test=test if isinstance(test, str) else None,
        weight=settings.weight,
        keys=settings.keys,
        image_size=settings.image_size,
        grey=settings.grey,
    )
    for note in data.notes:
        say(note)
    say(f"{data.name}: {len(data):,} rows, {_size(data)}.")
    return data


def prepare(config: RunConfig, data: Data, say: Say) -> Prepared:
    """Find out the task, split, and fit the preprocessing to the training part, saying what was found.

    Raises
    ------
    ValueError
        A table, a target or a share that cannot be used.
    """
    settings, test = config.data, config.data.test
    rows = divide(
        data,
        task=settings.task,
        by=settings.split,
        column=settings.split_column,
        validation=settings.validation,
        test=0.0 if isinstance(test, str) else test,
        seed=config.train.seed,
    )
    prepared = fitted(config, data, rows)
    say(_task(prepared))
    if isinstance(prepared.preprocess, Preprocess):
        left_out = sorted(prepared.preprocess.left_out, key=lambda column: column.reason)
        for reason, columns in groupby(left_out, lambda column: column.reason):
            say(f"Left out, {reason}: {listed([column.name for column in columns])}.")
    say("Rows: " + ", ".join(f"{len(part.y):,} {name}" for name, part in prepared.parts.items()) + ".")
    return prepared


def fitted(config: RunConfig, data: Data, rows: Split) -> Prepared:
    """The parts of a split, after the preprocessing that the training part asks for.

    Raises
    ------
    ValueError
        A column or a target from which nothing can be learned.
    """
    return prepare_data(
        data,
        rows,
        task=config.data.task,
        treatments=config.preprocess.columns,
        scaling=config.preprocess.scaling,
        standardise=config.train.loss != "poisson",
    )


def _size(data: Data) -> str:
    """How much there is in a row."""
    columns = getattr(data.inputs, "num_columns", None)
    if columns is not None:
        return f"{columns + data.targets.num_columns} columns"
    return f"images of {' x '.join(map(str, data.inputs.shape[1:]))}"


def _task(prepared: Prepared) -> str:
    sentence = f"Task: {prepared.task} of {listed(prepared.target.names)}"
    if not prepared.reason:
        return f"{sentence}."
    other = "regression" if prepared.task == "classification" else "classification"
    return f"{sentence} ({prepared.reason}; --task {other} overrides)."
