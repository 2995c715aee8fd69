"""A network as a picture: its layers from left to right, each with its units and its shapes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

if TYPE_CHECKING:
    from descend.network import Network

_MOST_UNITS_DRAWN = 9


def network(network: Network) -> Figure:
    """A circle for each unit and a line for each weight; of wide layers, the first and the last units."""
    layers = network.layers
    sizes = [network.n_inputs, *(layer.units for layer in layers)]
    titles = ["input", *(layer.activation for layer in layers)]
    shapes = ["", *(f"W {layer.units} x {layer.n_inputs}" for layer in layers)]
    figure = Figure(figsize=(2.2 * len(sizes), 4.2), layout="constrained")
    axes = figure.subplots()
    places = [_heights(size) for size in sizes]
    for l, (before, after) in enumerate(itertools.pairwise(places)):
        lines = [[(l, low), (l + 1, high)] for low in before for high in after]
        axes.add_collection(LineCollection(lines, colors="#9ab", linewidths=0.4, zorder=1))
    for l, (heights, size, title, shape) in enumerate(zip(places, sizes, titles, shapes, strict=True)):
        axes.scatter(np.full(len(heights), l), heights, s=110, c="white", edgecolors="#246", zorder=2)
        if size > _MOST_UNITS_DRAWN:
            axes.text(l, 0, "⋮", ha="center", va="center", fontsize=16, color="#246")
        axes.text(l, 5.2, f"{size:,}\n{title}", ha="center", va="bottom")
        axes.text(l, -5.2, shape, ha="center", va="top", fontsize=8, color="#555")
    axes.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(-6.2, 7))
    axes.set_axis_off()
    return figure


def _heights(size: int) -> NDArray[np.floating[Any]]:
    """Where a layer's units are drawn, about 0; with a gap in the middle where some are left out."""
    n = min(size, _MOST_UNITS_DRAWN)
    heights = np.arange(n) - (n - 1) / 2
    return heights if size == n else heights[heights != 0]
