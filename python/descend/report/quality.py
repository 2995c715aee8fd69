"""How good predictions are, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from descend import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.floating[Any]]
Classes = NDArray[np.integer[Any]]

_MOST_CURVES = 10
_MOST_POINTS = 2000
_BINS = 10


def confusion(counts: Classes, classes: Sequence[str]) -> Figure:
    """The confusion matrix (K, K)."""
    side = min(max(4.0, 0.55 * len(classes) + 2), 9)
    figure = Figure(figsize=(side, side), layout="constrained")
    plots.confusion_matrix(figure.subplots(), counts, classes)
    return figure


def roc(y: Classes, P: Floats, classes: Sequence[str]) -> Figure:
    """The receiver operating characteristic of class numbers (m,) and probabilities (m, K)."""
    from sklearn.metrics import roc_auc_score, roc_curve

    figure, axes = _square("false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color="#bbb", linewidth=1)
    for name, true, p in _one_against_the_rest(y, P, classes):
        wrong, right, _ = roc_curve(true, p)
        axes.plot(wrong, right, label=f"{name} ({roc_auc_score(true, p):.3f})")
    return _with_legend(figure, axes)


def precision_recall(y: Classes, P: Floats, classes: Sequence[str]) -> Figure:
    """Precision over recall of class numbers (m,) and probabilities (m, K)."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = _square("recall", "precision")
    for name, true, p in _one_against_the_rest(y, P, classes):
        precision, recall, _ = precision_recall_curve(true, p)
        axes.plot(recall, precision, label=f"{name} ({average_precision_score(true, p):.3f})")
    return _with_legend(figure, axes)


def calibration(y: Classes, P: Floats) -> Figure:
    """How often the chosen class is the true one, by how probable it was said to be."""
    confidence, right = P.max(axis=1), P.argmax(axis=1) == y
    edges = np.linspace(1 / P.shape[1], 1, _BINS + 1)
    bins = np.clip(np.digitize(confidence, edges) - 1, 0, _BINS - 1)
    filled = np.flatnonzero(np.bincount(bins, minlength=_BINS))
    said = [confidence[bins == k].mean() for k in filled]
    was = [right[bins == k].mean() for k in filled]
    figure, axes = _square("probability of the chosen class", "share that is right")
    axes.plot([0, 1], [0, 1], color="#bbb", linewidth=1)
    axes.plot(said, was, marker="o")
    counts = np.bincount(bins, minlength=_BINS)
    axes.bar(edges[:-1], 0.25 * counts / counts.max(), np.diff(edges), align="edge", color="#cde", zorder=0)
    return figure


def predicted(y: Floats, prediction: Floats, name: str) -> Figure:
    """Predictions (m,) over the true values (m,)."""
    figure, axes = _square(f"true {name}", f"predicted {name}", unit=False)
    rows = _sample(len(y))
    axes.scatter(y[rows], prediction[rows], s=6, alpha=0.4, linewidths=0, rasterized=True)
    ends = [min(y.min(), prediction.min()), max(y.max(), prediction.max())]
    axes.plot(ends, ends, color="#888", linewidth=1)
    return figure


def residuals(y: Floats, prediction: Floats, name: str) -> Figure:
    """How often predictions (m,) miss the true values (m,) by how much."""
    figure, axes = _square(f"predicted minus true {name}", "rows", unit=False)
    axes.hist(prediction - y, bins=50)
    axes.axvline(0, color="#888", linewidth=1)
    return figure


def _one_against_the_rest(
    y: Classes, P: Floats, classes: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_], Floats]]:
    """Of two classes the second; of more, those that are there, the most frequent first."""
    counts = np.bincount(y, minlength=len(classes))
    shown = [1] if len(classes) == 2 else np.argsort(-counts, kind="stable")[:_MOST_CURVES]
    return [(classes[k], y == k, P[:, k]) for k in shown if 0 < counts[k] < len(y)]


def _square(x: str, y: str, *, unit: bool = True) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.4, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x, parse_math=False)
    axes.set_ylabel(y, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    if unit:
        axes.set(xlim=(0, 1.01), ylim=(0, 1.01))
    return figure, axes


def _with_legend(figure: Figure, axes: Axes) -> Figure:
    if axes.get_legend_handles_labels()[1]:
        legend = axes.legend(frameon=False, fontsize=8)
        for words in legend.get_texts():
            words.set_parse_math(False)
    return figure


def _sample(m: int) -> NDArray[np.intp]:
    return np.linspace(0, m - 1, min(m, _MOST_POINTS)).astype(np.intp)
