"""The run folder: a model, the record of its training, how good it is, and a drawing."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descend import persist
from descend.data.target import Task
from descend.history import History
from descend.report import Scores


def run_files(
    model: persist.Model,
    history: History,
    task: Task,
    scores: Scores,
    confusion: NDArray[np.integer[Any]] | None,
    classes: Sequence[str],
) -> dict[str, bytes]:
    """The files of a run folder by name: the model, the record of its training, its metrics, a drawing."""
    from descend import plots  # Matplotlib takes half a second to import: after training, not before.

    return {
        "model.safetensors": persist.to_bytes(model),
        "history.csv": csv_bytes(history.columns()),
        "metrics.json": json.dumps({"task": task, **scores}, indent=2).encode() + b"\n",
        "curves.png": plots.png(plots.training(history, confusion, classes)),
    }


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder, whole or not at all.

    Raises
    ------
    OSError
        It cannot be written, or is there already and not empty.
    """
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    with persist.naming(folder):
        partial.mkdir(parents=True)
        try:
            for name, content in files.items():
                persist.write_whole(partial / name, content)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial)
            raise


def csv_bytes(columns: Mapping[str, Sequence[object]]) -> bytes:
    """Columns by name, as a CSV file."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue().encode()
