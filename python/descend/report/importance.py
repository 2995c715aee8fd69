"""Which inputs matter: how much worse predictions get when one of them is dealt anew among the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_REPEATS = 3
_MOST_ROWS = 1000
_MOST_BARS = 20
_PATCHES = 8


class Importance(NamedTuple):
    """By how much a score falls, as the mean and the standard deviation of some repetitions."""

    name: str
    mean: float
    deviation: float


def by_permutation(
    X: Floats, blocks: Mapping[str, NDArray[np.intp]], score: Callable[[Floats, NDArray[np.intp]], float]
) -> list[Importance]:
    """The importance of each block of inputs (Breiman 2001; Fisher, Rudin and Dominici 2019), greatest first.

    score(X, y) - score(X with the block permuted among its rows, y)

    Parameters
    ----------
    X
        Inputs (m, n[0]), of which up to 1,000 rows are taken.
    blocks
        The inputs that go together, such as the categories of one column, by name.
    score
        How good the predictions are of inputs that stand for the rows with these numbers; greater is better.
    """
    rows = np.linspace(0, len(X) - 1, min(len(X), _MOST_ROWS)).astype(np.intp)
    sample = np.array(X[rows])
    best = score(sample, rows)
    rng = np.random.default_rng(0)
    found = []
    for name, block in blocks.items():
        kept = sample[:, block]
        falls = []
        for _ in range(_REPEATS):
            sample[:, block] = kept[rng.permutation(len(rows))]
            falls.append(best - score(sample, rows))
        sample[:, block] = kept
        found.append(Importance(name, float(np.mean(falls)), float(np.std(falls))))
    return sorted(found, key=lambda each: -each.mean)


def patches(shape: tuple[int, ...]) -> dict[str, NDArray[np.intp]]:
    """The pixels of images (height, width) or (height, width, 3) in a grid of up to 8 by 8 patches."""
    numbers = np.arange(np.prod(shape)).reshape(shape)
    grid = [
        np.array_split(stripe, min(_PATCHES, shape[1]), 1)
        for stripe in np.array_split(numbers, min(_PATCHES, shape[0]))
    ]
    return {f"{i} {j}": patch.ravel() for i, stripe in enumerate(grid) for j, patch in enumerate(stripe)}


def bars(importances: list[Importance], label: str) -> Figure:
    """The most important ones."""
    shown = importances[:_MOST_BARS][::-1]
    figure = Figure(figsize=(6, 0.28 * len(shown) + 1), layout="constrained")
    axes = figure.subplots()
    axes.barh(range(len(shown)), [each.mean for each in shown], xerr=[each.deviation for each in shown])
    axes.set_yticks(range(len(shown)), [each.name[:40] for each in shown], parse_math=False)
    axes.set_xlabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def heat_map(importances: list[Importance], label: str) -> Figure:
    """Patches where they are in the image."""
    places = [tuple(map(int, each.name.split())) for each in importances]
    grid = np.zeros(np.max(places, axis=0) + 1)
    for place, each in zip(places, importances, strict=True):
        grid[place] = each.mean
    figure = Figure(figsize=(4.4, 3.8), layout="constrained")
    axes = figure.subplots()
    figure.colorbar(axes.imshow(grid, cmap="viridis"), label=label)
    axes.set_axis_off()
    return figure
