"""What the columns of a table hold, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.figure import Figure
from numpy.typing import NDArray

from descend.text import listed

MOST_LISTED = 200
_MOST_BARS = 30


def described(name: str, values: pa.ChunkedArray) -> list[str]:
    """How many values are missing, how many are different, and which: the range or the commonest."""
    known = values.filter(pc.invert(pc.is_null(values, nan_is_null=True)))
    missing = f"{1 - len(known) / max(len(values), 1):.1%}" if len(known) < len(values) else ""
    return [name, missing, f"{len(pc.unique(known)):,}", _values(known)]


def balance(name: str, words: Sequence[str], counts: Sequence[int]) -> Figure:
    """How many rows each class has, the commonest first."""
    order = np.argsort(-np.asarray(counts), kind="stable")[:_MOST_BARS][::-1]
    figure = Figure(figsize=(5, 0.28 * len(order) + 1), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(order)), [counts[k] for k in order])
    axes.set_yticks(range(len(order)), [words[k] for k in order], parse_math=False)
    axes.set_xlabel(f"rows by {name}", parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def histogram(name: str, values: NDArray[np.floating[Any]]) -> Figure:
    """How often a number is how great."""
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.hist(values, bins=50)
    axes.set_xlabel(name, parse_math=False)
    axes.set_ylabel("rows")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _values(known: pa.ChunkedArray) -> str:
    if not len(known):
        return ""
    if pa.types.is_integer(known.type) or pa.types.is_floating(known.type):
        least, greatest = (pc.min_max(known)[end].as_py() for end in ("min", "max"))
        return f"{least:.6g} to {greatest:.6g}, mean {pc.mean(known).as_py():.6g}"
    if len(pc.unique(known)) > len(known) / 2:
        return ""  # Words that hardly ever come twice name their rows.
    counts = sorted(pc.value_counts(known).to_pylist(), key=lambda each: -each["counts"])
    return listed([f"{each['values']} ({each['counts'] / len(known):.0%})" for each in counts], 4)
