"""Which examples went wrong, as row numbers, and as images where they are images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.intp]

MOST_SHOWN = 12


def worst_classified(y: NDArray[np.integer[Any]], P: Floats) -> Rows:
    """Those whose true class was said to be least probable."""
    return np.argsort(P[np.arange(len(y)), y], kind="stable")[:MOST_SHOWN]


def confidently_wrong(y: NDArray[np.integer[Any]], P: Floats) -> Rows:
    """Those that are wrong, the surest first."""
    wrong = np.flatnonzero(P.argmax(axis=1) != y)
    return wrong[np.argsort(-P[wrong].max(axis=1), kind="stable")][:MOST_SHOWN]


def worst_predicted(y: Floats, prediction: Floats) -> Rows:
    """Those that are furthest from the truth."""
    return np.argsort(-np.abs(prediction - y), kind="stable")[:MOST_SHOWN]


def pictures(images: NDArray[Any], captions: Sequence[str]) -> Figure:
    """Images (k, height, width) or (k, height, width, 3), each with a line or two beneath."""
    n_columns = 6
    n_rows = -(-len(images) // n_columns)
    figure = Figure(figsize=(9, 1.9 * n_rows), layout="constrained")
    every = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes in every:
        axes.set_axis_off()
    for axes, image, caption in zip(every, images, captions, strict=False):
        axes.imshow(image, cmap="gray")
        axes.set_title(caption, fontsize=8, parse_math=False)
    return figure
