"""Pictures of a training, drawn without a display and without pyplot's global state."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from descend.history import History

_MOST_COUNTS_WRITTEN = 20


def training(
    history: History, confusion: NDArray[np.integer[Any]] | None = None, classes: Sequence[str] = ()
) -> Figure:
    """Cost and metrics by epoch and, beneath, the confusion matrix of a classifier.

    Parameters
    ----------
    history : History
        The record of the training.
    confusion : array (K, K), optional
        How many examples of the row's class were taken for the column's.
    classes : sequence of str
        The K classes.
    """
    if confusion is None:
        figure = Figure(figsize=(10, 3.5), layout="constrained")
        history.plot(figure)
        return figure
    figure = Figure(figsize=(10, 9), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=(3.5, 5.5))
    history.plot(figure.add_subfigure(grid[0]))
    confusion_matrix(figure.add_subfigure(grid[1]).subplots(), confusion, classes)
    return figure


def confusion_matrix(axes: Axes, confusion: NDArray[np.integer[Any]], classes: Sequence[str]) -> None:
    """Draw how many examples of each class were taken for each; shaded by the share of the true class."""
    share = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set(xlabel="predicted", ylabel="true")
    if len(classes) > _MOST_COUNTS_WRITTEN:
        return
    # Without parse_math, a dollar sign in a name would begin a formula.
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right", parse_math=False)
    axes.set_yticks(range(len(classes)), classes, parse_math=False)
    for (i, j), count in np.ndenumerate(confusion):
        axes.text(j, i, str(count), ha="center", va="center", color="white" if share[i, j] > 0.5 else "black")


def overlaid(runs: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """The curves of several runs, by epoch: a panel for each quantity, a colour for each run.

    Parameters
    ----------
    runs : mapping
        Each run's columns by its name, as `History.columns` gives them.
    """
    apart = ("epoch", "seconds", "learning_rate")
    names = dict.fromkeys(name for columns in runs.values() for name in columns)
    shown = [name for name in names if name not in apart and not name.startswith("gradient_norm")]
    figure = Figure(figsize=(5 * len(shown), 3.5), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        for run, columns in runs.items():
            axes.plot(
                columns.get("epoch", []), columns.get(name, [math.nan] * len(columns["epoch"])), label=run
            )
        axes.set(xlabel="epoch", title=name)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.axes[0].legend(frameon=False)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    return drawn(figure, "png")


def drawn(figure: Figure, form: str) -> bytes:
    """The figure as a file of a form that Matplotlib writes: png, svg, pdf."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=120)
    return buffer.getvalue()
