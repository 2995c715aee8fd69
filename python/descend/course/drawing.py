"""Parts that several lessons' pictures are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from descend.checks import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GRID = 200


def curves(
    axes: Axes, lines: Mapping[str, Sequence[float]], x: str = "iteration", y: str = "cost", every: int = 1
) -> None:
    """A labelled line for each name: values at 0, `every`, 2 `every`, ..."""
    for name, values in lines.items():
        axes.plot(np.arange(len(values)) * every, values, label=name)
    axes.set(xlabel=x, ylabel=y)
    axes.legend(frameon=False)
    plain(axes)


def decision_boundary(
    axes: Axes,
    predict: Callable[[FloatArray], FloatArray],
    X: FloatArray,
    y: NDArray[Any],
    title: str,
) -> None:
    """The examples X (m, 2), coloured by y, over the regions where `predict` says yes and no."""
    low, high = X.min(axis=0) - 0.5, X.max(axis=0) + 0.5
    x1, x2 = np.meshgrid(np.linspace(low[0], high[0], _GRID), np.linspace(low[1], high[1], _GRID))
    A = predict(np.column_stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    axes.contourf(x1, x2, A, levels=[0, 0.5, 1], colors=["#f4c7c3", "#c6dbef"])
    axes.contour(x1, x2, A, levels=[0.5], colors="black", linewidths=0.8)
    axes.scatter(X[:, 0], X[:, 1], c=np.where(y > 0.5, "tab:blue", "tab:red"), s=8, linewidths=0)
    axes.set_title(title)
    axes.set_axis_off()


def plain(axes: Axes) -> None:
    """Take the lines away that say nothing."""
    axes.spines[["top", "right"]].set_visible(False)
