"""What a training came to: tables for the eye, and a folder of files."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from descend import persist, text

if TYPE_CHECKING:
    from descend.data.target import Task
    from descend.history import History

Metrics = Mapping[str, Mapping[str, float]]
"""By part (train, validation, test), the part's metrics by name."""

_MOST_MISTAKES_LISTED = 10


def metrics_table(metrics: Metrics, width: int) -> str:
    """The metrics as rows, the parts as columns."""
    names = dict.fromkeys(name for part in metrics.values() for name in part)
    rows = [[name, *(_written(name, part.get(name)) for part in metrics.values())] for name in names]
    return text.table(["metric", *metrics], rows, width)


def confusion_table(confusion: NDArray[np.integer[Any]], classes: Sequence[str], width: int) -> str:
    """The confusion matrix (K, K), true classes as rows; the commonest mistakes if `width` is too little."""
    counts = [[name, *map(str, row)] for name, row in zip(classes, confusion, strict=True)]
    table = text.table(["true", *classes], counts)
    if len(table.partition("\n")[0]) <= width:
        return table
    mistakes = confusion - np.diag(np.diag(confusion))
    worst = np.argsort(-mistakes, axis=None, kind="stable")[:_MOST_MISTAKES_LISTED]
    pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(worst, mistakes.shape), strict=True)]
    rows = [[classes[i], classes[j], str(mistakes[i, j])] for i, j in pairs if mistakes[i, j]]
    return text.table(["true", "taken for", "times"], rows, width) if rows else "No mistakes."


def run_files(
    model: persist.Model,
    history: History,
    task: Task,
    metrics: Metrics,
    confusion: NDArray[np.integer[Any]] | None,
    classes: Sequence[str],
) -> dict[str, bytes]:
    """The files of a run folder by name: the model, the record of its training, its metrics, a drawing."""
    from descend import plots

    return {
        "model.safetensors": persist.to_bytes(model),
        "history.csv": _csv(history.columns()),
        "metrics.json": json.dumps({"task": task, **metrics}, indent=2).encode() + b"\n",
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
    partial.mkdir(parents=True)
    try:
        for name, content in files.items():
            persist.write_whole(partial / name, content)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial)
        raise


def _csv(columns: Mapping[str, Sequence[float]]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue().encode()


def _written(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name in ("accuracy", "balanced_accuracy"):
        return f"{value:.2%}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
