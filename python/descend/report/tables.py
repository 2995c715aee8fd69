"""What a training came to, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from descend import text

Scores: TypeAlias = Mapping[str, Mapping[str, float]]
"""Metrics by name, by part: train, validation, test."""

_MOST_MISTAKES_LISTED = 10


def metrics_table(scores: Scores, width: int) -> str:
    """The metrics as rows, the parts as columns."""
    return text.table(*metrics_rows(scores), width)


def metrics_rows(scores: Scores) -> tuple[list[str], list[list[str]]]:
    """A header, and a row for each metric."""
    names = dict.fromkeys(name for part in scores.values() for name in part)
    rows = [[name, *(written(name, part.get(name)) for part in scores.values())] for name in names]
    return ["metric", *scores], rows


def confusion_table(
    confusion: NDArray[np.integer[Any]], classes: Sequence[str], part: str, width: int
) -> str:
    """The confusion matrix (K, K) of a part; the commonest mistakes alone, if it is wider than `width`."""
    counts = [[name, *map(str, row)] for name, row in zip(classes, confusion, strict=True)]
    table = text.table(["true", *classes], counts)
    if len(table.partition("\n")[0]) <= width:
        return f"Confusion matrix of the {part} part, predicted classes across:\n{table}"
    mistakes = confusion - np.diag(np.diag(confusion))
    worst = np.argsort(-mistakes, axis=None, kind="stable")[:_MOST_MISTAKES_LISTED]
    pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(worst, mistakes.shape), strict=True)]
    rows = [[classes[i], classes[j], str(mistakes[i, j])] for i, j in pairs if mistakes[i, j]]
    if not rows:
        return f"No mistakes in the {part} part."
    table = text.table(["true", "predicted", "times"], rows, width)
    return f"Commonest mistakes in the {part} part:\n{table}"


def written(name: str, value: float | None) -> str:
    """A metric's value in as many digits as tell something."""
    if value is None:
        return "-"
    if name in ("accuracy", "balanced_accuracy"):
        return f"{value:.2%}"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
